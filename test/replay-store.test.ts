import { expect, test } from "vitest";
import { createReplayStore } from "../src/authentication/replay-store.ts";
import { createTestClock } from "./support/clock.ts";

const ttlMs = 70_000;

test("a key is new once, for all of its time, whenever in a generation it came", () => {
  const clock = createTestClock();
  const store = createReplayStore(10, clock);
  const add = (key: string): unknown => store.add(key, ttlMs);
  expect(add("a")).toBe("new");
  clock.advance(ttlMs - 1000);
  expect(add("b")).toBe("new");
  expect(add("a")).toBe("seen");
  clock.advance(2000);
  expect(add("c")).toBe("new");
  clock.advance(ttlMs - 3000);
  expect(add("b")).toBe("seen");
  clock.advance(2000 + ttlMs);
  expect(add("b")).toBe("new");
});

test("a longer time is kept, also when shorter ones came before", () => {
  const clock = createTestClock();
  const store = createReplayStore(10, clock);
  expect(store.add("short", 1000)).toBe("new");
  expect(store.add("long", ttlMs)).toBe("new");
  clock.advance(1001);
  expect(store.add("other", 1000)).toBe("new");
  clock.advance(ttlMs - 2000);
  expect(store.add("another", 1000)).toBe("new");
  expect(store.add("long", ttlMs)).toBe("seen");
});

test("a full one takes no new keys, forgets none, and has room again when their time has passed", () => {
  const clock = createTestClock();
  const store = createReplayStore(2, clock);
  const add = (key: string): unknown => store.add(key, ttlMs);
  expect(["a", "b", "c", "a", "b", "c"].map(add)).toEqual(["new", "new", "full", "seen", "seen", "full"]);
  clock.advance(ttlMs + 1000);
  expect(["c", "a"].map(add)).toEqual(["new", "seen"]);
  clock.advance(2 * ttlMs + 1000);
  expect(["a", "b", "c"].map(add)).toEqual(["new", "new", "full"]);
});
