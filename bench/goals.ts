import type { Timing } from "./compare.ts";
import { apollo, bareHttp, executors, mercurius, ours } from "./contestants.ts";
import type { Flatness } from "./scenarios/flatness.ts";

/** What was measured, of everything that a goal is set for. */
export interface Measured {
  readonly request: readonly Timing[];
  readonly large: readonly Timing[];
  readonly flatness: readonly Flatness[];
  readonly replicas: number;
  readonly startUpMs: number;
  readonly memoryMib: number;
  /** After how many requests. */
  readonly memoryRequests: number;
}

/** One figure and what it should be: exactly one of `atMost` and `atLeast` is set. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly unit: "×" | "ms" | "MiB";
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** What the product has set itself, with what was measured. */
export function listGoals(measured: Measured): readonly Goal[] {
  const { request, large, flatness, replicas, startUpMs, memoryMib, memoryRequests } = measured;
  const best = findBest(large);
  return [
    atMost("request, to mercurius + mercurius-auth", 1 / findRatio(request, mercurius.name), 1),
    atMost("request, to bare node:http", 1 / findRatio(request, bareHttp.name), 2.2),
    atLeast("request, Apollo standalone + graphql-shield to us", findRatio(request, apollo.name), 2.5),
    atMost(`9,000 fields, to the best (${best.name})`, 1 / best.ratio, 1.3),
    atLeast("9,000 fields, Apollo standalone + graphql-shield to us", findRatio(large, apollo.name), 5),
    ...flatness.map(({ name, ratio }) => atMost(`flat: ${name}`, ratio, 1.1)),
    atLeast("two processes, to one", replicas, 1.8),
    { name: "from `node dist/main.js` to ready", value: startUpMs, unit: "ms", atMost: 400 },
    { name: `resident memory after ${memoryRequests / 1000},000 requests`, value: memoryMib, unit: "MiB", atMost: 120 },
  ];
}

function atMost(name: string, value: number, limit: number): Goal {
  return { name, value, unit: "×", atMost: limit };
}

function atLeast(name: string, value: number, limit: number): Goal {
  return { name, value, unit: "×", atLeast: limit };
}

function findRatio(timings: readonly Timing[], wanted: string): number {
  return timings.find(({ name }) => name === wanted)?.ratio ?? Number.NaN;
}

/** The fastest of those that guard what they answer, but us. */
function findBest(timings: readonly Timing[]): Timing {
  const others = executors
    .filter(({ name, isFloor }) => !name.startsWith(ours.name) && !isFloor)
    .map(({ name }) => name);
  const [best] = timings.filter(({ name }) => others.includes(name)).toSorted((a, b) => a.ratio - b.ratio);
  if (best === undefined) throw new Error("There is nobody to compare with.");
  return best;
}

/** Whether a goal is met. */
export function isMet({ value, atMost: most, atLeast: least }: Goal): boolean {
  return most === undefined ? value >= (least ?? Number.NaN) : value <= most;
}

/** By how much a ratio may be worse than it was before that is called a failure: the machine is another one each time. */
const tolerance = 1.5;

/** The ratios that are worse than before by more than half; a figure with a unit is the machine's, and not compared. */
export function findWorse(now: readonly Goal[], before: readonly Goal[]): readonly Goal[] {
  return now.filter(({ name, value, unit, atMost: most }) => {
    const old = before.find((goal) => toKey(goal.name) === toKey(name))?.value;
    if (unit !== "×" || old === undefined) return false;
    return most === undefined ? !(value >= old / tolerance) : !(value <= old * tolerance);
  });
}

/** The best of the others may be another one each time. */
function toKey(name: string): string {
  return name.replace(/ \(.*\)$/, "");
}
