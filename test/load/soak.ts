import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Caller, createCallers } from "./caller.ts";
import { fire } from "./cannon.ts";
import { findFailures } from "./failures.ts";
import { growthOnLine, type MemorySeries, startSampling } from "./memory.ts";
import { formatMemory, formatOutcomes } from "./report.ts";
import type { Fleet, Site } from "./site.ts";
import { createTally } from "./tally.ts";
import { askDirectly } from "./warm-up.ts";
import { withSite } from "./with-site.ts";

const help = `npm run soak -- --minutes N

Fills the memory of one replica of each AUTH_METHOD with newcomers, each with a token of its own, and then has every kind
of caller ask it for N minutes (default 10, at least 3), among them more newcomers. Measures each heap after forced
collections, four times a minute. Ends with code 1 if one grows by 5 % or more from the first minute's end to the last's.
Needs nginx and redis-server; all of it runs on 127.0.0.1.
`;

const limit = 0.05;
const perSecond = 10;
const newcomersPerSecond = 50;
/** More than the 10 000 tokens that a replica remembers. */
const newcomersBefore = 11_000;
const newcomersAtOnce = 8;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, help: { type: "boolean" } },
});
const minutes = Number(values.minutes);
if (values.help || !(minutes >= 3 && minutes <= 600)) {
  process.stdout.write(help);
  process.exitCode = values.help ? 0 : 1;
} else {
  process.exitCode = await withSite("soak", 1, (site) => soak(site, minutes * 60));
}

async function soak(site: Site, seconds: number): Promise<readonly string[]> {
  const crews = site.fleets.map((fleet) => ({ fleet, callers: createCallers(fleet.method, fleet.tokens) }));
  await Promise.all(crews.map(({ fleet, callers }) => fill(fleet, callers.filter(isNewcomer))));

  const startMs = performance.now();
  const sampling = startSampling(site.fleets, 15_000, startMs);
  const fleets = crews.map(({ fleet, callers }) => ({
    method: fleet.method,
    url: fleet.url,
    tallies: callers.map((caller) => createTally(caller, { outages: [], newKeys: [] }, startMs)),
  }));
  const until = sleep(seconds * 1000);
  const cannons = fleets.flatMap(({ url, tallies }) => tallies.map((tally) => ({ url, tally })));
  await Promise.all(
    cannons.map(async ({ url, tally }, index) => {
      await sleep((index * 1000) / cannons.length);
      await fire(tally, { url, until, perSecond: isNewcomer(tally.caller) ? newcomersPerSecond : perSecond });
    }),
  );
  const series = await sampling.stop();
  const growth = (one: MemorySeries): number => growthOnLine(one, 60);
  const memory = series.map((one) => formatMemory(one, `; growth from 60 s on: ${(100 * growth(one)).toFixed(1)} %`));
  process.stdout.write(`${formatOutcomes(fleets, seconds)}\n\n${memory.join("\n")}\n`);
  return [
    ...findFailures(fleets),
    ...series.filter((one) => !(growth(one) < limit)).map(({ name }) => `${name}: its heap grows`),
  ];
}

/** Whether each of its requests has a token of its own, and a good one. */
function isNewcomer({ needs, expected }: Caller): boolean {
  return needs !== "nothing" && expected.status === 200;
}

async function fill(fleet: Fleet, [newcomer]: readonly Caller[]): Promise<void> {
  let left = newcomersBefore;
  const askOn = async (): Promise<void> => {
    while (newcomer !== undefined && left > 0) {
      left -= 1;
      await askDirectly(fleet, newcomer);
    }
  };
  await Promise.all(Array.from({ length: newcomersAtOnce }, askOn));
}
