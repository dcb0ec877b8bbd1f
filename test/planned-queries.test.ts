import { makeExecutableSchema } from "@graphql-tools/schema";
import {
  defaultFieldResolver,
  execute,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  type GraphQLSchema,
  getOperationAST,
  isObjectType,
  parse,
  responsePathAsArray,
  validate,
} from "graphql";
import { describe, expect, test } from "vitest";
import { executePlan } from "../src/execution/execute-plan.ts";
import { createPlan, type Plan } from "../src/execution/plan.ts";

const typeDefs = `
  directive @note on FIELD
  scalar Odd
  enum Color { RED GREEN }
  interface Named { name: String }
  union Any = Row | Typed
  input Filter { text: String = "t", all: Boolean }
  type Typed implements Named { name: String }
  type Mutation { one: Int }
  type Subscription { one: Int }
  type Query {
    one: Int, none: Int, must: Int!, missing: Int, later: Int, laterNone: Int, laterMust: Int!, method(by: Int = 2): Int, thenable: Int
    throws: Int, throwsText: Int, throwsNull: Int, rejects: Int, rejectsText: Int, returnsError: Int, laterError: Int, mustThrow: Int!
    row: Row, mustRow: Row!, noRow: Row, laterRow: Row, laterMustRow: Row!, bad: Row, mustBad: Row!
    rows: [Row], mustRows: [Row!]!, laterRows: [Row], mixed: [Row!], loose: [Row], set: [Int], text: [Int], number: [Int], breaks: [Int]
    nested: [[Int!]!], deep: [[Int!]!]!, promised: [Int], promisedMust: [Int!], errors: [Int]
    color: Color, wrong: Color, odd: Odd, oddNull: Odd, oddUndefined: Odd, oddThrows: Odd, long: Int
    search(first: Int! = 1, filter: Filter, colors: [Color!]): String
    slow: Int, mustReject: Int!
    named: Named, any: Any, typed: Typed
  }
  type Row { sum(a: Int = 1, b: [Int!], f: Filter): String, id: ID!, next: Row, mustNext: Row!, cell: Int, mustCell: Int!, lateCell: Int!, bad: Int!, lateBad: Int!, slowBad: Int, slowMustBad: Int!, rows: [Row!]! }`;

const fail = (): never => {
  throw new Error("failed");
};
const cast = (value: unknown) => (): never => {
  throw value;
};
/** Waits so many times for others that are waiting. */
async function turns(count: number): Promise<number> {
  for (let turn = 0; turn < count; turn += 1) await undefined;
  return count;
}
const row: Readonly<Record<string, unknown>> = {
  id: "1",
  next: () => row,
  mustNext: async () => row,
  cell: 1,
  mustCell: () => null,
  lateCell: async () => 2,
  bad: fail,
  lateBad: async () => fail(),
  slowBad: () => turns(10).then(fail),
  slowMustBad: () => turns(10).then(fail),
  rows: () => [row, Promise.resolve(row)],
  sum: (args: object) => JSON.stringify(args),
};
function* breaking(): Generator<number> {
  yield 1;
  fail();
}
const odd = new Map<unknown, unknown>([
  ["null", null],
  ["odd", { a: [1, "b"] }],
]);
const Odd = new GraphQLScalarType({
  name: "Odd",
  serialize: (value) => (value === "throws" ? fail() : odd.get(value)),
});
const Query = {
  one: () => 1,
  none: () => null,
  must: () => null,
  later: async () => 1,
  laterNone: async () => null,
  laterMust: async () => undefined,
  // biome-ignore lint/suspicious/noThenProperty: what is awaited need not be a Promise.
  thenable: () => ({ then: (resolve: (value: number) => unknown) => resolve(3) }),
  throws: fail,
  throwsText: cast("text"),
  throwsNull: cast(null),
  rejects: async () => fail(),
  rejectsText: () => Promise.reject("text"),
  returnsError: () => new Error("returned"),
  laterError: async () => new TypeError("returned later"),
  mustThrow: fail,
  row: () => row,
  mustRow: () => row,
  noRow: () => null,
  laterRow: async () => row,
  laterMustRow: async () => row,
  bad: () => row,
  mustBad: () => row,
  rows: () => [row, null, row],
  mustRows: () => [row, row],
  laterRows: async () => [Promise.resolve(row), row],
  mixed: () => [row, Promise.resolve(null), row],
  loose: () => new Set([row, undefined, Promise.reject(new Error("item"))]),
  set: () => new Set([1, 2]),
  text: () => "12",
  number: () => 12,
  breaks: breaking,
  nested: () => [[1], [null], [2]],
  deep: async () => [[1], [Promise.resolve(null)]],
  promised: () => [Promise.resolve(1), Promise.reject(new Error("item")), 2],
  promisedMust: () => [Promise.resolve(1), Promise.reject(new Error("item")), Promise.reject(new Error("second"))],
  errors: () => [1, new Error("an item"), 2],
  color: () => "RED",
  wrong: () => "BLUE",
  odd: () => "odd",
  oddNull: () => "null",
  oddUndefined: () => ({ of: ["no", "known"] }),
  oddThrows: () => "throws",
  long: () => 2 ** 40,
  slow: () => turns(40),
  mustReject: async () => fail(),
  search: (_: unknown, args: object) => JSON.stringify(args),
};

/** What resolvers were told, in turn. */
let told: unknown[] = [];
const schema = createSchema();
/** Every resolver notes what it is told, also those that graphql-js brings itself; bare ones are as they come. */
const schemas = { bare: schema, noting: noteCalls(createSchema()) };

function createSchema(): GraphQLSchema {
  const made = makeExecutableSchema({ typeDefs, resolvers: { Query, Odd } });
  const typed = made.getType("Typed");
  if (isObjectType(typed)) typed.isTypeOf = () => true;
  return made;
}

function noteCalls(made: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(made.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve = defaultFieldResolver } = field;
      field.resolve = (source, args, context, info) => {
        told.push(toNote(args, context, info));
        return resolve(source, args, context, info);
      };
    }
  }
  return made;
}

function toNote(args: object, context: unknown, info: GraphQLResolveInfo): unknown {
  const { path, returnType, parentType, fieldNodes, operation, fragments, schema: _, ...others } = info;
  const typenames: unknown[] = [];
  for (let at: typeof path | undefined = path; at !== undefined; at = at.prev) typenames.push(at.typename);
  return {
    args: [args, Object.getPrototypeOf(args) === Object.prototype],
    path: responsePathAsArray(path),
    typenames,
    context,
    types: [String(returnType), parentType.name],
    nodes: fieldNodes.map(({ loc }) => loc?.start),
    names: [operation.name?.value, Object.keys(fragments), Object.getPrototypeOf(fragments), Object.keys(info)],
    ...others,
  };
}

function plan(text: string, { maxSize = 1000, schema = schemas.bare } = {}): Plan | undefined {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document, null) ?? expect.fail("no operation");
  return createPlan({ schema, document, operation, maxSize });
}

type Variables = Readonly<Record<string, unknown>>;

/** All that can be seen of an execution; the order of keys counts too. */
async function see(run: () => ReturnType<typeof execute>): Promise<object> {
  told = [];
  const running = run();
  const { data, errors } = await running;
  // What still fails must not be added to what has been answered.
  await turns(60);
  const originals = errors?.map(({ originalError, nodes }) => [originalError, nodes?.map(({ loc }) => loc?.start)]);
  return { isAsync: running instanceof Promise, text: JSON.stringify({ errors, data }), originals, told };
}

describe.each(Object.entries(schemas))(
  "a planned query comes to what graphql-js makes of it, with %s resolvers:",
  (_, schema) => {
    test.each<[string, Variables?]>([
      ["{ one none missing later laterNone method thenable }"],
      ["{ one must }"],
      ["{ later laterMust one }"],
      ["{ throws throwsText throwsNull returnsError one }"],
      ["{ rejects later rejectsText throws laterError returnsError one }"],
      ["{ later rejects mustThrow one }"],
      ["{ row { id cell next { id cell lateCell } mustNext { id } } noRow { id } laterRow { lateCell } }"],
      ["{ row { mustCell } one }"],
      ["{ row { next { next { mustCell id } cell } id } }"],
      ["{ mustRow { mustNext { bad } } one }"],
      ["{ laterMustRow { lateBad } one }"],
      ["{ bad { bad lateBad } mustBad { id } }"],
      ["{ row { lateBad bad lateCell } one }"],
      ["{ row { lateCell lateBad cell } again: row { next { lateBad } bad } }"],
      ["{ row { lateBad slowBad } slow }"],
      ["{ row { lateBad slowMustBad } mustRow { slowBad } slow }"],
      ["{ rows { lateBad slowBad } slow }"],
      ["{ mustReject row { slowBad } slow }"],
      ["{ mustReject mustRow { slowMustBad } slow }"],
      ["{ rows { id cell } mustRows { id next { cell } } laterRows { id lateCell } }"],
      ["{ mustRows { id mustCell } one }"],
      ["{ mixed { id lateBad } loose { id } rows { mustCell } }"],
      ["{ row { rows { rows { lateCell } id } } }"],
      ["{ set text number breaks nested promised promisedMust errors }"],
      ["{ deep }"],
      ["{ color wrong odd oddNull oddUndefined oddThrows long }"],
      ["{ __typename row { __typename t: __typename id } }"],
      ["{ b: one a: later then: one row { toJSON: id } _1: one length: one }"],
      ["{ row { sum two: sum(a: 2, b: [1, 2]) next { sum(a: null, f: { all: true }) } } }"],
      ["query ($a: Int, $b: [Int!], $f: Filter) { rows { sum(a: $a, b: $b, f: $f) } }", { b: 3, f: { text: "u" } }],
      ["{ row { id } row { cell next { id } } row { next { cell } id } }"],
      [
        "{ row { id } ...Q row { cell ...R } } fragment Q on Query { row { ...R next { id } } } fragment R on Row { next { cell } id }",
      ],
      ["{ ... on Query { one ... { row { ... on Row { id } ... on Row { cell } } } } }"],
      ["query Named($n: Int! = 3) { search(first: $n) }"],
      ["query ($n: Int! = 3) { search(first: $n) }", { n: 4 }],
      [
        "query ($n: Int! = 3, $f: Filter, $c: [Color!]) { search(first: $n, filter: $f, colors: $c) }",
        { f: { all: null }, c: "RED", more: 1 },
      ],
      ["query ($t: String) { search(filter: { text: $t }, colors: [RED, GREEN]) b: search(filter: null) }"],
      ["query ($n: Int = 3) { search(first: $n) one }", { n: null }],
    ])("%s %j", async (text, variableValues) => {
      const planned = plan(text, { schema }) ?? expect.fail("left to graphql-js");
      const contextValue = { any: 1 };
      const expected = await see(() => execute({ schema, document: parse(text), variableValues, contextValue }));
      for (const _again of [1, 2]) {
        expect(await see(() => executePlan(planned, { variableValues, contextValue }))).toEqual(expected);
      }
    });

    test("variables that do not fit are told, and no resolver is called", async () => {
      const text = "query ($n: Int!, $f: Filter) { one search(first: $n, filter: $f) }";
      const planned = plan(text, { schema }) ?? expect.fail();
      told = [];
      for (const variableValues of [undefined, {}, { n: null }, { n: "1" }, { n: 1, f: { other: 1 } }]) {
        const result = await executePlan(planned, { variableValues, contextValue: {} });
        expect([result.data, result.errors?.length]).toEqual([undefined, expect.any(Number)]);
      }
      expect(told).toEqual([]);
    });
  },
);

test("each execution has nodes and fragments of its own, which its rows share: resolvers may know it by them", async () => {
  const seen: GraphQLResolveInfo[] = [];
  const cell = (_: unknown, __: unknown, ___: unknown, info: GraphQLResolveInfo): number => seen.push(info);
  const rows = { rows: () => [{}, {}] };
  const own = makeExecutableSchema({ typeDefs, resolvers: { Query: rows, Row: { cell } } });
  const document = parse("{ rows { ...R } } fragment R on Row { cell }");
  const operation = getOperationAST(document) ?? expect.fail();
  const planned = createPlan({ schema: own, document, operation, maxSize: 10 }) ?? expect.fail();
  for (const _again of [1, 2]) await executePlan(planned, { variableValues: {}, contextValue: {} });
  const [first, second, third, fourth] = seen;
  expect(seen).toHaveLength(4);
  for (const name of ["fieldNodes", "fragments", "variableValues"] as const) {
    expect(second?.[name]).toBe(first?.[name]);
    expect(fourth?.[name]).toBe(third?.[name]);
    expect(third?.[name]).not.toBe(first?.[name]);
    expect(third?.[name]).toEqual(first?.[name]);
  }
});
