import type { Timing } from "../compare.ts";
import { executors } from "../contestants.ts";
import type { Setting } from "../setting.ts";
import { holdContest } from "./contest.ts";

/** 9,000 guarded fields. */
export const list: { readonly rows: number; readonly fields: number } = { rows: 900, fields: 10 };

const names = Array.from({ length: list.fields }, (_, index) => `f${index}`);

/** All of them. */
export const listQuery: string = `{ rows { ${names.join(" ")} } }`;

/** Scenario 2: a list of 900 rows of 10 fields, each with a rule of its own. */
export function measureLargeAnswer(setting: Setting): Promise<readonly Timing[]> {
  const contestants = executors.map((contestant) => ({ ...contestant, task: { ...contestant.task, list } }));
  return holdContest(setting, contestants, {
    query: listQuery,
    secret: "value 7.7",
    connections: 4,
    requests: setting.effort.largeRequests,
  });
}
