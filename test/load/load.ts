import { setTimeout as sleep } from "node:timers/promises";
import { type Caller, createCallers } from "./caller.ts";
import { fire } from "./cannon.ts";
import { findFailures } from "./failures.ts";
import { growthByQuarters, type MemorySeries, startSampling } from "./memory.ts";
import { type FleetTallies, formatMemory, formatOutcomes } from "./report.ts";
import type { Fleet, Site } from "./site.ts";
import { createTally } from "./tally.ts";
import { startTimetable } from "./timetable.ts";
import type { Period } from "./verdict.ts";
import { askDirectly } from "./warm-up.ts";

const perSecond = 20;
/** How much more heap the last quarter may have than the second: the newcomers are remembered. */
const memoryLimit = 0.15;

/** Has all callers ask while things happen; prints what came of it, and resolves to what failed. */
export async function runLoad(site: Site, seconds: number): Promise<readonly string[]> {
  const crews = site.fleets.map((fleet) => ({ fleet, callers: createCallers(fleet.method, fleet.tokens) }));
  // Who is known before the provider goes down stays known.
  for (const { fleet, callers } of crews) await Promise.all(callers.map((caller) => askDirectly(fleet, caller)));

  const startMs = performance.now();
  const { leeway, happenings, done } = startTimetable(site, seconds, startMs);
  const sampling = startSampling(site.fleets, (seconds * 1000) / 20, startMs);
  const fleets = crews.map(({ fleet, callers }) => ({
    method: fleet.method,
    fleet,
    tallies: callers.map((caller) => createTally(caller, leeway, startMs)),
  }));
  await fireAll(fleets, done).finally(sampling.stop);
  const tookS = (performance.now() - startMs) / 1000;
  const series = await sampling.stop();
  await waitForKey(crews, leeway.newKeys);

  const failures = [...findFailures(fleets), ...findGrowth(series, tookS)];
  const events = happenings.map(({ atS, what }) => `${atS.toFixed(1).padStart(6)} s  ${what}`);
  const memory = series.map((one) => formatMemory(one, describeGrowth(one, tookS)));
  process.stdout.write(`${formatOutcomes(fleets, tookS)}\n\n${[...events, "", ...memory].join("\n")}\n`);
  return failures;
}

/** Autocannon sends what it may send in a second at the second's beginning: each caller has another beginning. */
async function fireAll(
  fleets: readonly (FleetTallies & { readonly fleet: Fleet })[],
  until: Promise<void>,
): Promise<void> {
  const cannons = fleets.flatMap(({ fleet, tallies }) => tallies.map((tally) => ({ url: fleet.url, tally })));
  await Promise.all(
    cannons.map(async ({ url, tally }, index) => {
      await sleep((index * 1000) / cannons.length);
      await fire(tally, { url, perSecond, until });
    }),
  );
}

/** Nobody waits longer for a new key than promised, also on a replica that nobody with such a token has asked. */
async function waitForKey(
  crews: readonly { readonly fleet: Fleet; readonly callers: readonly Caller[] }[],
  newKeys: readonly Period[],
): Promise<void> {
  for (const { fleet, callers } of crews) {
    for (const caller of callers.filter(({ needs }) => needs === "new key")) {
      await askDirectly(fleet, caller, Math.max(0, ...newKeys.map(({ toMs }) => toMs - performance.now())));
    }
  }
}

/** Only of a process that was there all the time can be said whether it grows. */
function livedThrough({ samples }: MemorySeries, seconds: number): boolean {
  return (samples.at(0)?.atS ?? seconds) < seconds / 4 && (samples.at(-1)?.atS ?? 0) > 0.75 * seconds;
}

function describeGrowth(series: MemorySeries, seconds: number): string {
  if (!livedThrough(series, seconds)) return "";
  return `; its last quarter against its second: ${(100 * growthByQuarters(series, seconds)).toFixed(1)} %`;
}

function findGrowth(series: readonly MemorySeries[], seconds: number): readonly string[] {
  return series
    .filter((one) => livedThrough(one, seconds) && !(growthByQuarters(one, seconds) < memoryLimit))
    .map(({ name }) => `${name}: its memory is not flat`);
}
