import { setTimeout as sleep } from "node:timers/promises";
import type { Site } from "./site.ts";
import type { Leeway, Period } from "./verdict.ts";

/** Something that happened while callers asked. */
export interface Happening {
  /** From the start, in seconds. */
  readonly atS: number;
  readonly what: string;
}

interface Plan {
  /** The part of the whole time that has passed. */
  readonly at: number;
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
  /** Resolves when all has happened. Rejects when something did not go as it must. */
  readonly done: Promise<void>;
}

/** Lets happen to a site, in so many seconds, what happens to it in a bad year. */
export function startTimetable(site: Site, seconds: number, startMs: number): Progress {
  const outages: Period[] = [];
  const newKeys: Period[] = [];
  const happenings: Happening[] = [];
  const plans: readonly Plan[] = [
    {
      at: 0.1,
      act: async () => {
        outages.push({ fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY });
        await site.killProvider();
        return "the provider is killed";
      },
    },
    {
      at: 0.25,
      act: async () => {
        await site.startProvider();
        for (const outage of outages) outage.toMs = performance.now() + backWithinMs;
        return "the provider is back";
      },
    },
    {
      at: 0.4,
      act: async () => {
        newKeys.push({ fromMs: performance.now(), toMs: performance.now() + knownWithinMs });
        site.rotateKeys();
        return "keys rotate: tokens are signed with a new one";
      },
    },
    { at: 0.45, act: () => site.killRedis().then(() => "Redis is killed") },
    { at: 0.55, act: () => site.startRedis().then(() => "Redis is back") },
    ...site.fleets.map(({ method, replicas, replace }, index) => ({
      at: 0.6 + index * 0.1,
      act: async () => {
        const beganMs = performance.now();
        const code = await replicas[0]?.stop("SIGTERM");
        if (code !== 0) throw new Error(`A replica (${method}) ended with ${code} after SIGTERM.`);
        const tookMs = Math.round(performance.now() - beganMs);
        await replace(0);
        return `a replica (${method}) has had SIGTERM, ended with 0 after ${tookMs} ms, and is replaced`;
      },
    })),
  ];
  const run = async (): Promise<void> => {
    for (const { at, act } of plans) {
      await sleep(Math.max(0, startMs + at * seconds * 1000 - performance.now()));
      const atS = (performance.now() - startMs) / 1000;
      happenings.push({ atS, what: await act() });
    }
  };
  const done = run();
  // It is waited for only when the callers are through.
  done.catch(() => {});
  return { leeway: { outages, newKeys }, happenings, done };
}
