import { buildSchema, getOperationAST, isObjectType, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { createPlan, type Plan } from "../src/execution/plan.ts";

const schema = buildSchema(`
  directive @note on FIELD
  interface Named { name: String }
  union Any = Row | Typed
  type Typed implements Named { name: String }
  type Mutation { one: Int }
  type Subscription { one: Int }
  type Query { one: Int, none: Int, row: Row, named: Named, any: Any, typed: Typed }
  type Row { id: ID!, cell: Int, next: Row }`);
const typed = schema.getType("Typed");
if (isObjectType(typed)) typed.isTypeOf = () => true;

function plan(text: string, maxSize = 100): Plan | undefined {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document, null) ?? expect.fail("no operation");
  return createPlan({ schema, document, operation, maxSize });
}

test.each([
  "mutation { one }",
  "subscription { one }",
  "query ($is: Boolean!) { one @skip(if: $is) }",
  "{ ... @include(if: true) { one } }",
  "{ one ...F } fragment F on Query { none @note }",
  "{ named { name } }",
  "{ row { id } any { __typename } }",
  "{ typed { name } }",
  "{ __schema { queryType { name } } }",
  '{ row { id } __type(name: "Row") { name } }',
  "{ __proto__: one }",
  "{ row { __proto__: id } }",
  "{ row { constructor: id } }",
  "{ toString: one }",
])("%s is left to graphql-js", (text) => {
  expect(plan(text)).toBeUndefined();
});

test.each([
  [
    "has a fragment's nodes once for each place where it is spread",
    "{ a: row { ...R } b: row { ...R } } fragment R on Row { id cell next { id } }",
    10,
  ],
  ["has a field's nodes as often as it is selected", "{ one one one row { id id } }", 6],
])("a plan %s, and no more of them than it may", (_what, text, size) => {
  expect(plan(text, size)?.size).toBe(size);
  expect(plan(text, size - 1)).toBeUndefined();
});
