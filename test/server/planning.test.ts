import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createPlan } from "../../src/execution/plan.ts";
import { ask } from "../support/both-ways.ts";
import { type Stage, startStage } from "../support/stage.ts";

// To plan a query takes longer than to execute it once, and anybody can send one: how often it is done.

vi.mock(import("../../src/execution/plan.ts"), async (importOriginal) => {
  const original = await importOriginal();
  return { ...original, createPlan: vi.fn(original.createPlan) };
});

const typeDefs = "type Query { open: Int, own: Int @auth, add(a: Int!): Int }";
const resolvers = { Query: { open: () => 1, own: () => 2, add: (_: unknown, { a }: { a: number }) => a } };

let stage: Stage;
beforeEach(async () => {
  stage = await startStage({ typeDefs, resolvers });
  onTestFinished(stage.stop);
  // Its Accept header is known from now on.
  await ask(stage.server, { body: { query: "{ __typename }" } });
  vi.mocked(createPlan).mockClear();
});

const countPlans = (): number => vi.mocked(createPlan).mock.calls.length;

async function askTimes(count: number, body: object, headers: Record<string, string> = {}): Promise<unknown[]> {
  const texts: string[] = [];
  for (let time = 0; time < count; time += 1) texts.push((await ask(stage.server, { body, headers })).text);
  return texts.map((text) => JSON.parse(text).data);
}

test("a query is planned once, when it comes for the second time", async () => {
  expect(await askTimes(1, { query: "{ open }" })).toEqual([{ open: 1 }]);
  expect(countPlans()).toBe(0);
  expect(await askTimes(4, { query: "{ open }" })).toEqual(Array(4).fill({ open: 1 }));
  expect(countPlans()).toBe(1);
});

test("for a caller who is refused it nothing is planned", async () => {
  expect(await askTimes(5, { query: "{ own }" })).toEqual(Array(5).fill(undefined));
  expect(countPlans()).toBe(0);
  expect(await askTimes(2, { query: "{ own }" }, { authorization: `Bearer ${stage.sign()}` })).toEqual(
    Array(2).fill({ own: 2 }),
  );
  expect(countPlans()).toBe(1);
});

test("a plan stays, whoever is refused meanwhile and whatever variables do not fit", async () => {
  const query = "query ($a: Int!) { add(a: $a) own }";
  for (const variables of [{ a: 1 }, { a: 1 }, { a: "x" }, {}, { a: 2 }, { a: "x" }, { a: 2 }]) {
    await askTimes(1, { query, variables }, { authorization: `Bearer ${stage.sign()}` });
  }
  expect(countPlans()).toBe(1);
});

test("of one document ten operations are planned, and no other one each time", async () => {
  const names = [..."ABCDEFGHIJKLM"];
  const query = names.map((name) => `query ${name} { open }`).join(" ");
  for (const operationName of [...names, ...names, ...names]) {
    expect(await askTimes(1, { query, operationName })).toEqual([{ open: 1 }]);
  }
  expect(countPlans()).toBe(10);
});
