import { compareInRounds, type Timing } from "../compare.ts";
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

/** Has all contestants answer the same operation: equal answers first, then the CPU time that a request takes. */
export async function holdContest(
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
