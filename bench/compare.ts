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

const roundMs = 50;

/** Times calls of candidates in this process by its processor time, so that what else the machine does matters less. */
export function compare(candidates: readonly Candidate[]): Promise<readonly Timing[]> {
  return compareInRounds(candidates, { warmUps: 4, rounds: 31 }, ({ run }) => timeRound(run));
}

/**
 * Measures candidates in turn, round by round, so that a machine that speeds up or slows down does so for all of them.
 * `measureUs` tells the processor time of one call or request in one round, in microseconds.
 */
export async function compareInRounds<T extends { readonly name: string }>(
  candidates: readonly T[],
  { warmUps, rounds }: { readonly warmUps: number; readonly rounds: number },
  measureUs: (candidate: T) => Promise<number>,
): Promise<readonly Timing[]> {
  const times = candidates.map((): number[] => []);
  // Every other round goes backwards: what comes later in one has no advantage.
  for (let round = -warmUps; round < rounds; round += 1) {
    const order = [...candidates.entries()];
    for (const [index, candidate] of round % 2 === 0 ? order : order.toReversed()) {
      const us = await measureUs(candidate);
      if (round >= 0) times[index]?.push(us);
    }
  }
  return candidates.map(({ name }, index) => {
    const own = times[index] ?? [];
    const ratio = findMedian(own.map((us, round) => us / (times[0]?.[round] ?? Number.NaN)));
    return { name, medianUs: findMedian(own), fastestUs: Math.min(...own), slowestUs: Math.max(...own), ratio };
  });
}

/** The middle one; of an even number the upper of the two in the middle. */
export function findMedian(values: readonly number[]): number {
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
