import { compareInRounds, findMedian, type Timing } from "../compare.ts";
import type { Contestant } from "../contestants.ts";
import { assertAlike, measureCpuUs, type Target } from "../load/target.ts";
import { type Asked, type Setting, startContestant, stopAll } from "../setting.ts";

/** One operation that all contestants answer. */
export interface Contest extends Omit<Asked, "queries"> {
  readonly query: string;
  /** Text of its answer that nobody may get without a token. */
  readonly secret: string;
  /** How many requests each server gets in a round. */
  readonly requests: number;
}

/**
 * Has all contestants answer the same operation: equal answers first, then the CPU time that a request takes. All are
 * started afresh several times, as each process is a little faster or slower by chance.
 */
export async function holdContest(
  setting: Setting,
  contestants: readonly Contestant[],
  contest: Contest,
): Promise<readonly Timing[]> {
  const heats: (readonly Timing[])[] = [];
  for (let start = 0; start < setting.effort.starts; start += 1) {
    heats.push(await holdHeat(setting, contestants, contest));
  }
  return contestants.map((_, index) => combine(heats.flatMap((timings) => timings[index] ?? [])));
}

async function holdHeat(
  setting: Setting,
  contestants: readonly Contestant[],
  { query, secret, requests, ...asked }: Contest,
): Promise<readonly Timing[]> {
  const targets: Target[] = [];
  try {
    for (const contestant of contestants) {
      targets.push(await startContestant(setting, contestant, { ...asked, queries: [query] }));
    }
    await assertAlike(targets, query, secret);
    return await compareInRounds(targets, setting.effort, (target) => measureCpuUs(target, requests));
  } finally {
    await stopAll(targets);
  }
}

/** Of one contestant, over all heats. */
function combine(timings: readonly Timing[]): Timing {
  return {
    name: timings[0]?.name ?? "",
    medianUs: findMedian(timings.map(({ medianUs }) => medianUs)),
    fastestUs: Math.min(...timings.map(({ fastestUs }) => fastestUs)),
    slowestUs: Math.max(...timings.map(({ slowestUs }) => slowestUs)),
    ratio: findMedian(timings.map(({ ratio }) => ratio)),
  };
}
