import { makeExecutableSchema } from "@graphql-tools/schema";
import { type GraphQLResolveInfo, type GraphQLSchema, graphql } from "graphql";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { authDirectives } from "../src/authorization/guard.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";

const called = vi.fn((_source: unknown, args: object) => JSON.stringify(args));
beforeEach(() => called.mockClear());

const auth = authDirectives();
const schema: GraphQLSchema = auth.transformer(
  makeExecutableSchema({
    typeDefs: [
      auth.typeDefs,
      `type Query {
         users(all: Boolean = true @requiresScope(scopes: "all"), name: String, filter: Filter = { deleted: true }, filters: [[Filter!]]): String
         secret(all: Boolean @requiresScope(scopes: [["all"], ["admin"]])): String @requiresScope(scopes: "secret")
         node: Node
         rows: [Row]
       }
       interface Node { find(by: String @requiresScope(scopes: "find")): String }
       interface Entity implements Node { find(by: String @auth): String }
       type User implements Node & Entity { find(by: String): String }
       type Row { cell(all: Boolean @auth): String }
       input Filter { name: String, deleted: Boolean @requiresScope(scopes: "deleted"), and: [Filter!], not: Filter @auth }`,
    ],
    resolvers: {
      Query: { users: called, secret: called, node: () => ({ __typename: "User" }), rows: () => [{}, {}, {}] },
      User: { find: called },
      Row: { cell: called },
    },
  }),
);

interface Seen {
  readonly called: boolean;
  readonly errors: readonly unknown[];
}

async function run(
  source: string,
  {
    scopes,
    variables,
  }: { scopes?: readonly string[] | undefined; variables?: Record<string, unknown> | undefined } = {},
): Promise<Seen> {
  const authentication = scopes === undefined ? anonymous() : authenticatedAs({ scopes });
  const result = await graphql({ schema, source, variableValues: variables, contextValue: { authentication } });
  const errors = (result.errors ?? []).map(
    ({ extensions, message, path }) => extensions["requiredScopes"] ?? extensions["reason"] ?? `${path}: ${message}`,
  );
  return { called: called.mock.calls.length > 0, errors };
}

const granted: Seen = { called: true, errors: [] };
const refused = (...required: string[]): Seen => ({ called: false, errors: [[required]] });

describe("a guarded argument asks", () => {
  test.each<[string, Record<string, unknown> | undefined]>([
    ["{ users(all: true) }", undefined],
    ["{ users(all: null) }", undefined],
    ["query ($all: Boolean) { users(all: $all) }", { all: false }],
    ["query ($all: Boolean) { users(all: $all) }", { all: null }],
    ["query ($all: Boolean = null) { users(all: $all) }", undefined],
    ["query ($all: Boolean = true) { users(all: $all) }", {}],
    ["{ users: __typename ...F } fragment F on Query { __proto__: users(all: true) }", undefined],
  ])("when it is provided: %s %j", async (source, variables) => {
    expect(await run(source, { scopes: [], variables })).toEqual(refused("all"));
    expect(await run(source, { variables })).toEqual({ called: false, errors: ["authorization_header_missing"] });
    expect(await run(source, { scopes: ["all"], variables })).toEqual(granted);
  });

  test.each<[string, Record<string, unknown> | undefined]>([
    ['{ users(name: "x") }', undefined],
    ["query ($all: Boolean) { users(all: $all) }", {}],
  ])("nothing when it is left out, whatever its default: %s %j", async (source, variables) => {
    expect(await run(source, { variables })).toEqual(granted);
    expect(called.mock.calls[0]?.[1]).toMatchObject({ all: true, filter: { deleted: true } });
  });

  test("for its scopes and the field's, which the error names together", async () => {
    expect(await run("{ secret(all: true) }", { scopes: ["secret"] })).toEqual({
      called: false,
      errors: [
        [
          ["secret", "all"],
          ["secret", "admin"],
        ],
      ],
    });
    expect(await run("{ secret(all: true) }", { scopes: ["all"] })).toMatchObject({ called: false });
    expect(await run("{ secret }", { scopes: ["all"] })).toEqual(refused("secret"));
    expect(await run("{ secret(all: true) }", { scopes: ["admin", "secret"] })).toEqual(granted);
  });

  test("what every interface asks that declares it, on every path", async () => {
    for (const source of ['{ node { find(by: "x") } }', '{ node { ... on User { find(by: "x") } } }']) {
      expect(await run(source)).toEqual({ called: false, errors: ["authorization_header_missing"] });
      expect(await run(source, { scopes: [] })).toEqual(refused("find"));
      expect(await run(source, { scopes: ["find"] })).toEqual(granted);
      called.mockClear();
    }
    expect(await run("{ node { find } }")).toEqual(granted);
  });

  test("once in a list, and apart for each selection", async () => {
    const { called: wasCalled, errors } = await run("{ rows { a: cell(all: true) b: cell c: cell(all: false) } }");
    expect([wasCalled, errors]).toEqual([true, ["authorization_header_missing", "authorization_header_missing"]]);
    expect(called).toHaveBeenCalledTimes(3);
    called.mockClear();
    await run("{ rows { a: cell(all: true) b: cell c: cell(all: false) } }", { scopes: [] });
    expect(called).toHaveBeenCalledTimes(9);
  });
});

describe("a guarded input field asks", () => {
  const variable = "query ($f: Filter) { users(filter: $f) }";
  test.each<[string, Record<string, unknown> | undefined]>([
    ["{ users(filter: { deleted: true }) }", undefined],
    ["{ users(filter: { deleted: null, name: null }) }", undefined],
    ["{ users(filter: { and: [{}, { and: { deleted: true } }] }) }", undefined],
    ["{ users(filters: [[{}], [{ deleted: true }]]) }", undefined],
    ["{ users(filters: { deleted: true }) }", undefined],
    [variable, { f: { deleted: false } }],
    [variable, { f: { and: [{ name: "x" }, { and: { deleted: null } }] } }],
    ["query ($f: Filter = { deleted: true }) { users(filter: $f) }", {}],
    ["query ($f: [Filter!] = { deleted: true }) { users(filters: [$f]) }", {}],
    ["query ($f: [[Filter!]]) { users(filters: $f) }", { f: [null, [{ deleted: true }]] }],
    ["query ($d: Boolean) { users(filter: { and: { deleted: $d } }) }", { d: null }],
    ["query ($f: Filter!) { users(filter: { and: [{}, $f] }) }", { f: { deleted: true } }],
  ])("when it is provided, at any depth: %s %j", async (source, variables) => {
    expect(await run(source, { scopes: ["all"], variables })).toEqual(refused("deleted"));
    expect(await run(source, { scopes: ["deleted"], variables })).toEqual(granted);
  });

  test.each<[string, Record<string, unknown> | undefined]>([
    ["{ users(filter: null) }", undefined],
    ['{ users(filter: { name: "deleted", and: [] }) }', undefined],
    [variable, {}],
    [variable, { f: null }],
    [variable, { f: { and: [{ name: "x" }] } }],
    ["query ($d: Boolean) { users(filter: { and: { deleted: $d } }) }", {}],
    ["query ($f: Filter = { deleted: true }) { users(filter: $f) }", { f: {} }],
    ["query ($d: Boolean) { users(filter: { deleted: $d }) rows { cell(all: $d) } }", {}],
  ])("nothing when it is left out: %s %j", async (source, variables) => {
    expect(await run(source, { variables })).toEqual(granted);
  });

  test("together with those below it", async () => {
    const source = "{ users(all: true, filter: { not: { not: { deleted: true } } }) }";
    expect(await run(source)).toEqual({ called: false, errors: ["authorization_header_missing"] });
    expect(await run(source, { scopes: ["all"] })).toEqual(refused("all", "deleted"));
    expect(await run(source, { scopes: ["all", "deleted"] })).toEqual(granted);
  });
});

describe("in an executor that does not tell what was provided", () => {
  test.each([
    ["no nodes", { fieldNodes: [], variableValues: {} }],
    ["no variable values", { fieldNodes: [{}], variableValues: undefined }],
  ])("(%s) a field with guarded arguments is not resolved", (_, info) => {
    const resolve = schema.getQueryType()?.getFields()["users"]?.resolve;
    const context = { authentication: authenticatedAs({ scopes: ["all", "deleted"] }) };
    expect(() => resolve?.({}, {}, context, info as unknown as GraphQLResolveInfo)).toThrow(
      "Query.users has guarded arguments, and the executor does not tell which are provided.",
    );
    expect(called).not.toHaveBeenCalled();
  });
});

test("an error names at most as many alternatives as are quickly found, each of them enough", async () => {
  const any = (name: string): string => JSON.stringify(Array.from({ length: 9 }, (_, index) => [`${name}${index}`]));
  const sdl = `type Query { a(b: Int @requiresScope(scopes: ${any("b")}), c: Int @requiresScope(scopes: ${any("c")})): Int }`;
  const many = auth.transformer(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl] }));
  const ask = (...scopes: string[]): ReturnType<typeof graphql> =>
    graphql({
      schema: many,
      source: "{ a(b: 1, c: 1) }",
      contextValue: { authentication: authenticatedAs({ scopes }) },
    });
  const named = (await ask("b8")).errors?.[0]?.extensions["requiredScopes"] as string[][];
  expect(named).toHaveLength(64);
  for (const scopes of [named[0] ?? [], named[63] ?? [], ["b8", "c8"]]) {
    expect((await ask(...scopes)).errors).toBeUndefined();
  }
});
