import { makeExecutableSchema } from "@graphql-tools/schema";
import { buildSchema, type ExecutionResult, type GraphQLSchema, graphql, parse, subscribe } from "graphql";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { directiveTypeDefs } from "../src/authorization/directives.ts";
import { authDirectives } from "../src/authorization/guard.ts";
import { createPolicy } from "../src/authorization/policy.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";

// What others got wrong, one test each, so that it stays right here.

const secret = vi.fn(() => "secret");
const opened = vi.fn();
beforeEach(() => vi.clearAllMocks());

type Resolvers = NonNullable<Parameters<typeof makeExecutableSchema>[0]["resolvers"]>;

function guard(sdl: string, resolvers: Resolvers = {}): GraphQLSchema {
  const auth = authDirectives();
  return auth.transformer(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers }));
}

const ask = (schema: GraphQLSchema, source: string, authentication: unknown = anonymous()): Promise<ExecutionResult> =>
  graphql({ schema, source, contextValue: { authentication } });

const paths = ({ errors = [] }: ExecutionResult): unknown[] => errors.map(({ path }) => path?.join("."));

const user = () => ({ __typename: "User" });

test.each([
  ["a field", "type User implements Node { id: ID @auth }"],
  ["a type", "type User implements Node @auth { id: ID }"],
])(
  "CVE-2025-64173, @envelop/generic-auth, graphql-authz: a rule on %s of an implementing type holds through its interface",
  async (_, type) => {
    const schema = guard(`type Query { node: Node } interface Node { id: ID } ${type}`, {
      Query: { node: user },
      User: { id: secret },
    });
    for (const source of [
      "{ node { id } }",
      "{ node { ...F } } fragment F on Node { id }",
      "{ node { ... { id } } }",
    ]) {
      expect(await ask(schema, source)).toMatchObject({
        data: { node: { id: null } },
        errors: [{ path: ["node", "id"] }],
      });
    }
    expect(secret).not.toHaveBeenCalled();
    expect((await ask(schema, "{ node { id } }", authenticatedAs())).data).toEqual({ node: { id: "secret" } });
  },
);

test.each([
  ["an interface's field", "interface Node { id: ID @auth }"],
  ["an interface", "interface Node @auth { id: ID }"],
])(
  "CVE-2025-64530, graphql-shield, mercurius-auth, graphql-tools' pattern: a rule on %s holds for the types that implement it",
  async (_, node) => {
    const sdl = `type Query { user: User } ${node} interface Named implements Node { id: ID } type User implements Named & Node { id: ID, name: String }`;
    const schema = guard(sdl, { Query: { user }, User: { id: secret, name: () => "n" } });
    const { data, errors } = await ask(schema, "{ user { id name } }");
    expect([data, errors?.length]).toEqual([{ user: { id: null, name: "n" } }, 1]);
    expect(secret).not.toHaveBeenCalled();
  },
);

test("wundergraph/cosmo#1815: an alias changes nothing, also one that is another field's name", async () => {
  const schema = guard("type Query { open: String, one: String @auth }", { Query: { open: () => "o", one: secret } });
  const result = await ask(schema, "{ open: one, one: open, constructor: one, __proto__: one }");
  expect(paths(result)).toEqual(["open", "constructor", "__proto__"]);
  expect(result.data?.["one"]).toBe("o");
  expect(secret).not.toHaveBeenCalled();
});

test("graphql-hive/envelop#892: __schema beside a guarded field switches nothing off", async () => {
  const schema = guard("type Query { one: String @auth }", { Query: { one: secret } });
  const result = await ask(schema, '{ __schema { __typename } __type(name: "Query") { name } one }');
  expect(result).toMatchObject({ data: { one: null, __type: { name: "Query" } }, errors: [{ path: ["one"] }] });
  expect(secret).not.toHaveBeenCalled();
});

test.each(["[]", "[[]]", '[""]', '[[" "]]'])("scopes: %s do not admit everybody: the schema is refused", (scopes) => {
  expect(() => guard(`type Query { one: Int @requiresScope(scopes: ${scopes}) }`)).toThrow("Query.one: @requiresScope");
});

test("a subscription is refused before it opens its source", async () => {
  const resolvers = { Subscription: { events: { subscribe: opened, resolve: secret } } };
  const schema = guard("type Query { a: Int } type Subscription { events: String @auth }", resolvers);
  const contextValue = { authentication: anonymous() };
  const result = await subscribe({ schema, document: parse("subscription { alias: events }"), contextValue });
  expect(result).toMatchObject({ errors: [{ path: ["alias"] }] });
  expect(opened).not.toHaveBeenCalled();
});

test("CVE-2025-64347: a directive under another name is not ignored: the schema is refused", () => {
  const link = "directive @link(url: String, import: [Import]) on SCHEMA scalar Import";
  const imported = `extend schema @link(url: "u", import: [{ name: "@requiresScope", as: "@scoped" }]) type Query { a: Int }`;
  const message = "@requiresScope: @link gives it another name";
  expect(() => createPolicy(buildSchema(`${directiveTypeDefs} ${link} ${imported}`))).toThrow(message);
  const renamed = directiveTypeDefs.replace("@auth repeatable", "@gate repeatable");
  expect(() => createPolicy(buildSchema(`${renamed} type Query { a: Int @gate }`))).toThrow("@auth: it is not defined");
});

describe("what other libraries test", () => {
  test("members of a union with the same response key are each asked for their own rule", async () => {
    const sdl = `type Query { all: [Any] } union Any = A | B type A { v: String } type B { w: String @auth }`;
    const all = () => [{ __typename: "A" }, { __typename: "B" }];
    const schema = guard(sdl, { Query: { all }, A: { v: () => "v" }, B: { w: secret } });
    const result = await ask(schema, "{ all { ... on A { x: v } ... on B { x: w } } }");
    expect(result.data).toEqual({ all: [{ x: "v" }, { x: null }] });
    expect([paths(result), secret.mock.calls.length]).toEqual([["all.1.x"], 0]);
  });

  test("an answer is never another caller's: anonymous then admin, admin then anonymous, both at once", async () => {
    const slow = () => new Promise((resolve) => setImmediate(resolve, "secret"));
    const schema = guard(
      `type Query { one: String @auth, slow: T } type T { one: String @requiresScope(scopes: "a") }`,
      {
        Query: { one: secret, slow: async () => slow() },
        T: { one: slow },
      },
    );
    const source = "{ one slow { one } }";
    const admin = authenticatedAs({ scopes: ["a"] });
    const given = { one: "secret", slow: { one: "secret" } };
    const refused = { one: null, slow: { one: null } };
    for (const callers of [
      [anonymous(), admin],
      [admin, anonymous()],
      [anonymous(), admin, authenticatedAs(), admin, anonymous()],
    ]) {
      const expected = callers.map((caller) => {
        if (caller === admin) return given;
        return caller.kind === "anonymous" ? refused : { one: "secret", slow: { one: null } };
      });
      const inTurn: unknown[] = [];
      for (const caller of callers) inTurn.push((await ask(schema, source, caller)).data);
      expect(inTurn).toEqual(expected);
      const atOnce = await Promise.all(callers.map((caller) => ask(schema, source, caller)));
      expect(atOnce.map(({ data }) => data)).toEqual(expected);
      expect(atOnce.map(paths)).toEqual(
        expected.map(({ one, slow: { one: inner } }) => [...(one ? [] : ["one"]), ...(inner ? [] : ["slow.one"])]),
      );
    }
  });
});
