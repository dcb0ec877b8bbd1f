import { expect, test } from "vitest";
import { createCircuit } from "../src/authentication/circuit.ts";
import { createTestClock } from "./support/clock.ts";

const live = new AbortController().signal;
const well = { kind: "well" };
const failed = { kind: "failed" };

/** A circuit on which so many calls wait for `release`. */
function occupy(count: number) {
  const clock = createTestClock();
  const circuit = createCircuit(clock);
  let release = (): void => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  const started: number[] = [];
  const outcomes = Array.from({ length: count }, (_, index) =>
    circuit.call(async () => {
      started.push(index);
      await promise;
      return well;
    }, live),
  );
  return { clock, circuit, release, started, outcomes };
}

test("a hundred calls are under way, five thousand wait, and what is beyond is refused at once", async () => {
  const { circuit, release, started, outcomes } = occupy(5100);
  expect(await circuit.call(async () => well, live)).toBeUndefined();
  expect(started).toHaveLength(100);
  release();
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set([well]));
  expect(started).toHaveLength(5100);
});

test("nothing is called for those whose time is over when their turn comes", async () => {
  const { circuit, release, outcomes } = occupy(100);
  const over = new AbortController();
  let called = false;
  const waiting = circuit.call(async () => {
    called = true;
    return well;
  }, over.signal);
  over.abort();
  release();
  await Promise.all(outcomes);
  expect(await waiting).toBeUndefined();
  expect(called).toBe(false);
});

test("nothing is called during a pause, nor for those who were waiting when it began", async () => {
  const { clock, circuit, release, started, outcomes } = occupy(150);
  circuit.pause(1000);
  release();
  const answers = await Promise.all(outcomes);
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(50);
  expect(started).toHaveLength(100);
  expect(await circuit.call(async () => well, live)).toBeUndefined();
  clock.advance(1000);
  expect(await circuit.call(async () => well, live)).toBe(well);
});

test("a shorter pause does not end a longer one", async () => {
  const clock = createTestClock();
  const circuit = createCircuit(clock);
  circuit.pause(10_000);
  circuit.pause(0);
  expect(await circuit.call(async () => well, live)).toBeUndefined();
});

test("failures that are not in a row stop nothing", async () => {
  const circuit = createCircuit(createTestClock());
  for (let round = 0; round < 5; round += 1) {
    for (let time = 0; time < 4; time += 1) expect(await circuit.call(async () => failed, live)).toBe(failed);
    expect(await circuit.call(async () => well, live)).toBe(well);
  }
});

test("one call decides for all when the stop is over: they wait for it, and follow or are refused", async () => {
  const clock = createTestClock();
  const circuit = createCircuit(clock);
  for (const outcome of [failed, well]) {
    for (let time = 0; time < 5; time += 1) await circuit.call(async () => failed, live);
    clock.advance(5000);
    let calls = 0;
    const call = async () => {
      calls += 1;
      await Promise.resolve();
      return outcome;
    };
    const answers = await Promise.all(Array.from({ length: 10 }, () => circuit.call(call, live)));
    expect(answers.filter((answer) => answer === outcome)).toHaveLength(outcome === well ? 10 : 1);
    expect(calls).toBe(outcome === well ? 10 : 1);
  }
});

test("an error of the call itself is the caller's to know, and takes up no place", async () => {
  const circuit = createCircuit(createTestClock());
  const fail = (): Promise<never> => Promise.reject(new Error("a mistake of ours"));
  for (let time = 0; time < 200; time += 1) await expect(circuit.call(fail, live)).rejects.toThrow("a mistake");
  expect(await circuit.call(async () => well, live)).toBe(well);
});
