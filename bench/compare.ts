/** Something to time: it is called again and again, and awaited where it returns a promise. */
export interface Candidate {
  readonly name: string;
  readonly run: () => unknown;
}

/** A candidate's processor time for one call, in microseconds: the median over all rounds, and their range. */
export interface Timing {
  readonly name: string;
  readonly medianUs: number;
  readonly fastestUs: number;
  readonly slowestUs: number;
  /** To the first candidate: the median of the ratios within each round. */
  readonly ratio: number;
}

const rounds = 31;
const roundMs = 50;

/**
 * Times candidates in turn, round by round, so that a machine that speeds up or slows down does so for all of them.
 * Counts the process's processor time, so that what else the machine does matters less.
 */
export async function compare(candidates: readonly Candidate[]): Promise<readonly Timing[]> {
  const times = candidates.map((): number[] => []);
  // The first rounds warm up. Every other one goes backwards: what comes later in a round has no advantage.
  for (let round = -4; round < rounds; round += 1) {
    const order = [...candidates.entries()];
    for (const [index, candidate] of round % 2 === 0 ? order : order.toReversed()) {
      const us = await timeRound(candidate.run);
      if (round >= 0) times[index]?.push(us);
    }
  }
  return candidates.map(({ name }, index) => {
    const own = times[index] ?? [];
    const ratio = findMedian(own.map((us, round) => us / (times[0]?.[round] ?? Number.NaN)));
    return { name, medianUs: findMedian(own), fastestUs: Math.min(...own), slowestUs: Math.max(...own), ratio };
  });
}

function findMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function timeRound(run: () => unknown): Promise<number> {
  const endMs = performance.now() + roundMs;
  const start = process.cpuUsage();
  let calls = 0;
  do {
    const result = run();
    if (result instanceof Promise) await result;
    calls += 1;
  } while (performance.now() < endMs);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

/** A table of timings, with ratios to the first candidate. */
export function formatTimings(title: string, timings: readonly Timing[]): string {
  const rows = timings.map(({ name, medianUs, fastestUs, slowestUs, ratio }) => {
    const range = `${fastestUs.toFixed(1)} to ${slowestUs.toFixed(1)}`;
    return `  ${name.padEnd(44)} ${medianUs.toFixed(1).padStart(10)} µs  (${range})  ${ratio.toFixed(3)}×`;
  });
  return `${title}\n${rows.join("\n")}\n`;
}
