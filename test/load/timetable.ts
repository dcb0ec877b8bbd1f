import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet, Site } from "./site.ts";
import type { Leeway, Period } from "./verdict.ts";

/** Something that happened while callers asked. */
interface Happening {
  /** From the start, in seconds. */
  readonly atS: number;
  readonly what: string;
}

interface Plan {
  /** How much of the whole time passes since what happened before. */
  readonly after: number;
  /** Resolves to what happened. */
  readonly act: () => Promise<string>;
}

/** How long service may take to come back after the provider has, and a new key to be known. */
const backWithinMs = 15_000;
const knownWithinMs = 40_000;

/** What a test knows while it runs. */
export interface Progress {
  readonly leeway: Leeway;
  readonly happenings: readonly Happening[];
  /** Resolves when all has happened and the time is over. Rejects when something did not go as it must. */
  readonly done: Promise<void>;
}

/** Lets happen to a site, in so many seconds, what happens to it in a bad year. */
export function startTimetable(site: Site, seconds: number, startMs: number): Progress {
  const outages: Period[] = [];
  const newKeys: Period[] = [];
  const happenings: Happening[] = [];
  const plans: readonly Plan[] = [
    {
      after: 0.1,
      act: async () => {
        outages.push({ fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY });
        await site.killProvider();
        return "the provider is killed";
      },
    },
    {
      after: 0.15,
      act: async () => {
        await site.startProvider();
        for (const outage of outages) outage.toMs = performance.now() + backWithinMs;
        return "the provider is back";
      },
    },
    {
      after: 0.15,
      act: async () => {
        newKeys.push({ fromMs: performance.now(), toMs: performance.now() + knownWithinMs });
        site.rotateKeys();
        return "keys rotate: tokens are signed with a new one";
      },
    },
    { after: 0.05, act: () => site.killRedis().then(() => "Redis is killed") },
    { after: 0.1, act: () => site.startRedis().then(() => "Redis is back") },
    { after: 0.05, act: async () => (await Promise.all(site.fleets.map(replaceFirst))).join("; ") },
  ];
  const run = async (): Promise<void> => {
    for (const { after, act } of plans) {
      await sleep(after * seconds * 1000);
      const what = await act();
      happenings.push({ atS: (performance.now() - startMs) / 1000, what });
    }
    // At the end, which on a slow machine comes later, everything is as it should be for a while.
    await sleep(Math.max((seconds * 1000) / 6, startMs + seconds * 1000 - performance.now()));
  };
  const done = run();
  return { leeway: { outages, newKeys }, happenings, done };
}

async function replaceFirst({ method, replicas, replace }: Fleet): Promise<string> {
  const beganMs = performance.now();
  const code = await replicas[0]?.stop("SIGTERM");
  if (code !== 0) throw new Error(`A replica (${method}) ended with ${code} after SIGTERM.`);
  const tookMs = Math.round(performance.now() - beganMs);
  await replace(0);
  return `a replica (${method}) had SIGTERM, ended with 0 after ${tookMs} ms, and is replaced`;
}
