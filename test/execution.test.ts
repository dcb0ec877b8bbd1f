import type { GraphQLResolveInfo } from "graphql";
import { expect, test } from "vitest";
import { createExecutionFinder } from "../src/authorization/execution.ts";

const toInfo = (variableValues: object | undefined): GraphQLResolveInfo =>
  ({ variableValues, operation: { operation: "query" } }) as unknown as GraphQLResolveInfo;

const context = { authentication: { kind: "anonymous" } };

test("calls with the same variable values are of one execution, and start it once", () => {
  const started: unknown[] = [];
  const find = createExecutionFinder((info) => started.push(info));
  const [one, other] = [toInfo({}), toInfo({})];
  const first = find(context, one);
  expect(find(context, other)).not.toBe(first);
  expect(find(context, one)).toBe(first);
  expect(started).toEqual([one, other]);
});

test("each finder asks for itself whether an execution may start, also where another one knows it", () => {
  const info = toInfo({});
  createExecutionFinder()(context, info);
  const find = createExecutionFinder(() => {
    throw new Error("It must not.");
  });
  expect(() => find(context, info)).toThrow("It must not.");
});

test("who calls is looked at in every call: with another authentication it is another execution", () => {
  const find = createExecutionFinder();
  const info = toInfo({});
  const first = find(context, info);
  expect(find({ authentication: { kind: "anonymous" } }, info)).not.toBe(first);
});

test.each([undefined, Object.freeze({})])(
  "with %j, which tells no execution from another, every call stands alone",
  (none) => {
    const find = createExecutionFinder();
    expect(find(context, toInfo(none))).not.toBe(find(context, toInfo(none)));
  },
);
