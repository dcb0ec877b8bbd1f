/** Something to time: it is called again and again, and awaited where it returns a promise. */
export interface Candidate {
  readonly name: string;
  readonly run: () => unknown;
}

/** A candidate's time for one call, in microseconds: the median over all rounds, and the range of its rounds. */
export interface Timing {
  readonly name: string;
  readonly medianUs: number;
  readonly fastestUs: number;
  readonly slowestUs: number;
}

const rounds = 15;
const roundMs = 60;

/** Times candidates in turn, round by round, so that a machine that speeds up or slows down does so for all of them. */
export async function compare(candidates: readonly Candidate[]): Promise<readonly Timing[]> {
  const times = candidates.map((): number[] => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, candidate] of candidates.entries()) {
      const us = await timeRound(candidate.run);
      if (round >= 0) times[index]?.push(us); // the first round warms up
    }
  }
  return candidates.map(({ name }, index) => {
    const sorted = (times[index] ?? []).toSorted((a, b) => a - b);
    const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
    return { name, medianUs: at(0.5), fastestUs: at(0), slowestUs: at(1) };
  });
}

async function timeRound(run: () => unknown): Promise<number> {
  const start = performance.now();
  let calls = 0;
  do {
    const result = run();
    if (result instanceof Promise) await result;
    calls += 1;
  } while (performance.now() - start < roundMs);
  return ((performance.now() - start) / calls) * 1000;
}

/** A table of timings; each ratio is to the first candidate. */
export function formatTimings(title: string, timings: readonly Timing[]): string {
  const base = timings[0]?.medianUs ?? Number.NaN;
  const rows = timings.map(({ name, medianUs, fastestUs, slowestUs }) => {
    const range = `${fastestUs.toFixed(1)} to ${slowestUs.toFixed(1)}`;
    return `  ${name.padEnd(44)} ${medianUs.toFixed(1).padStart(10)} µs  (${range})  ${(medianUs / base).toFixed(3)}×`;
  });
  return `${title}\n${rows.join("\n")}\n`;
}
