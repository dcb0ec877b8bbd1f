import { findMedian } from "../compare.ts";
import { ours } from "../contestants.ts";
import { sendRequests, type Target } from "../load/target.ts";
import { type Setting, startContestant, stopAll } from "../setting.ts";
import { adminQuery, smallConnections } from "./authenticated-request.ts";

/**
 * Scenario 4: how many times the requests of one process two serve, each with a processor of its own. On two processors
 * the load generator has to take its share from them, so throughput cannot tell; what can is the CPU time per request
 * of both together, both at work at once, against that of one: two that cost no more each serve twice as many. The
 * median over several starts, as each process is a little faster or slower by chance.
 */
export async function measureReplicas(setting: Setting): Promise<number> {
  const ratios: number[] = [];
  for (let start = 0; start < setting.effort.starts; start += 1) ratios.push(await measurePair(setting));
  return findMedian(ratios);
}

/** Both are started for it. */
async function measurePair(setting: Setting): Promise<number> {
  const targets: Target[] = [];
  try {
    for (const _ of ["one", "two"]) {
      targets.push(await startContestant(setting, ours, { queries: [adminQuery], connections: smallConnections / 2 }));
    }
    const ratios: number[] = [];
    const { warmUps, rounds } = setting.effort;
    // More than elsewhere: until three processes have found their places on two processors, some tens of milliseconds go.
    const requests = 4 * setting.effort.requests;
    for (let round = -warmUps; round < rounds; round += 1) {
      const aloneUs = await measureTogetherUs(targets.slice(0, 1), requests);
      const togetherUs = await measureTogetherUs(targets, requests);
      if (round >= 0) ratios.push((2 * aloneUs) / togetherUs);
    }
    return findMedian(ratios);
  } finally {
    await stopAll(targets);
  }
}

/** The CPU time of a request, in microseconds, over all servers, which all work at once. */
async function measureTogetherUs(targets: readonly Target[], requests: number): Promise<number> {
  const before = await readCpuUs(targets);
  // The load generator sleeps when it can: here it has no processor of its own.
  await Promise.all(targets.map((target) => sendRequests(target, requests)));
  return ((await readCpuUs(targets)) - before) / (requests * targets.length);
}

async function readCpuUs(targets: readonly Target[]): Promise<number> {
  const usages = await Promise.all(targets.map(({ server }) => server.readUsage()));
  return usages.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
}
