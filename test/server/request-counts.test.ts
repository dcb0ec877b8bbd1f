import { expect, test } from "vitest";
import { createLocalCounts, createSharedCounts } from "../../src/server/request-counts.ts";
import { createStillClock } from "../support/clock.ts";

test("requests are counted by caller, in windows that begin with the first one", () => {
  const clock = createStillClock();
  const count = createLocalCounts(clock);
  expect([count("a", 100), count("a", 100), count("b", 100)].map(({ current }) => current)).toEqual([1, 2, 1]);
  clock.advance(99);
  expect(count("a", 100)).toEqual({ current: 3, ttl: 1 });
  clock.advance(1);
  expect(count("a", 100)).toEqual({ current: 1, ttl: 100 });
});

test("the 10,000 callers that came last are remembered", () => {
  const count = createLocalCounts(createStillClock());
  for (let caller = 0; caller < 10_000; caller += 1) count(`${caller}`, 100);
  expect([count("0", 100).current, count("1", 100).current]).toEqual([2, 2]);
  count("one more", 100);
  // The one that has not come for longest.
  expect([count("0", 100).current, count("2", 100).current]).toEqual([3, 1]);
});

test.each([
  ["rejects", () => Promise.reject(new Error("The cache is down."))],
  [
    "throws",
    () => {
      throw new Error("The cache is down.");
    },
  ],
])("where the shared count %s each process counts for itself", async (_how, fail) => {
  const count = createSharedCounts(fail, createStillClock());
  expect([await count("a", 100), await count("a", 100)]).toEqual([
    { current: 1, ttl: 100 },
    { current: 2, ttl: 100 },
  ]);
});
