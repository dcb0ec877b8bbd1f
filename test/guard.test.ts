import { makeExecutableSchema } from "@graphql-tools/schema";
import { type ExecutionResult, type GraphQLResolveInfo, type GraphQLSchema, graphql, parse, subscribe } from "graphql";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { authDirectives } from "../src/authorization/guard.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";

const secret = vi.fn(() => "secret");
const opened = vi.fn(async function* opened() {
  yield { events: "one" };
});
beforeEach(() => vi.clearAllMocks());

const auth = authDirectives();
const schema: GraphQLSchema = auth.transformer(
  makeExecutableSchema({
    typeDefs: [
      auth.typeDefs,
      `type Query { open: String secret: String @auth admin: String @requiresScope(scopes: [["a", "b"], ["c"]]) strict: String! @auth nodes: [Node] anys: [Any] members: [Member] items: [Item] any: Any }
       type Member { id: ID! @auth }
       type Subscription { events: String @auth }
       interface Node { id: ID }
       type User implements Node { id: ID @auth name: String }
       type Item @requiresScope(scopes: ["items"]) { x: String y: ID }
       union Any = User | Item`,
    ],
    resolvers: {
      Query: {
        secret,
        admin: secret,
        open: () => "open",
        strict: secret,
        nodes: () => [
          { __typename: "User", id: 1, name: "n" },
          { __typename: "User", id: 2, name: "n" },
        ],
        anys: () => [{ __typename: "User" }, { __typename: "Item" }, { __typename: "Item" }],
        members: () => [{}, {}],
        items: secret,
        any: () => ({ __typename: "Item", x: "x" }),
      },
      User: { id: secret },
      Member: { id: secret },
      Item: { x: secret, y: secret },
      Subscription: { events: { subscribe: opened, resolve: secret } },
    },
  }),
);

const run = (source: string, contextValue?: unknown): Promise<ExecutionResult> =>
  graphql({ schema, source, contextValue });

const reasons = ({ errors = [] }: ExecutionResult): unknown[][] =>
  errors.map(({ path, extensions }) => [path?.join("."), extensions["code"], extensions["reason"]]);

describe("a guarded field", () => {
  test("is refused to anybody without a token, by every path, and its resolver is not called", async () => {
    const result = await run(
      `{ open a: secret ...on Query { __proto__: secret constructor: secret } ...F nodes { id ... on User { name own: id } } any { ... on Item { x } } }
       fragment F on Query { f: secret }`,
      { authentication: anonymous() },
    );
    const missing = ["UNAUTHENTICATED", "authorization_header_missing"];
    expect(reasons(result).toSorted()).toEqual(
      ["__proto__", "a", "any.x", "constructor", "f", "nodes.0.id", "nodes.0.own"].map((path) => [path, ...missing]),
    );
    expect(result.data).toMatchObject({
      open: "open",
      a: null,
      nodes: [
        { id: null, name: "n", own: null },
        { id: null, name: "n", own: null },
      ],
      any: { x: null },
    });
    expect(secret).not.toHaveBeenCalled();
  });

  test("is given to a caller who has what it requires", async () => {
    const as = (...scopes: string[]): object => ({ authentication: authenticatedAs({ scopes }) });
    expect((await run("{ secret }", as())).data).toEqual({ secret: "secret" });
    expect((await run("{ admin }", as("c"))).data).toEqual({ admin: "secret" });
    expect((await run("{ admin }", as("b", "a"))).data).toEqual({ admin: "secret" });
    const refused = await run("{ admin }", as("a"));
    expect(reasons(refused)).toEqual([["admin", "FORBIDDEN", "insufficient_scope"]]);
    expect(refused.errors?.[0]?.extensions["requiredScopes"]).toEqual([["a", "b"], ["c"]]);
  });

  test("in a list gives one error, at the first item, and null for the others without any, in each execution afresh", async () => {
    const source = "{ nodes { id again: id } more: nodes { id } }";
    for (let time = 0; time < 2; time += 1) {
      const result = await run(source, { authentication: anonymous() });
      expect(reasons(result).map(([path]) => path)).toEqual(["nodes.0.id", "nodes.0.again", "more.0.id"]);
      const items = [{ id: null }, { id: null }];
      expect(result.data).toEqual({ nodes: items.map((item) => ({ ...item, again: null })), more: items });
    }
    expect(secret).not.toHaveBeenCalled();
  });

  test("in a list of several types gives an error for each selection", async () => {
    const source = "{ anys { ... on User { v: id } ... on Item { v: y } } }";
    const result = await run(source, { authentication: authenticatedAs() });
    expect(reasons(result)).toEqual([["anys.1.v", "FORBIDDEN", "insufficient_scope"]]);
    expect(reasons(await run(source, { authentication: anonymous() })).map(([path]) => path)).toEqual([
      "anys.0.v",
      "anys.1.v",
    ]);
  });

  test("is refused to whoever calls its resolver with nothing at all, before anybody was allowed", () => {
    const typeDefs = [auth.typeDefs, "type Query { secret: String @auth }"];
    const fresh = auth.transformer(makeExecutableSchema({ typeDefs, resolvers: { Query: { secret } } }));
    const resolve = fresh.getQueryType()?.getFields()["secret"]?.resolve;
    const info = { path: { key: "secret" }, fieldNodes: [] } as unknown as GraphQLResolveInfo;
    for (const context of [{}, undefined]) {
      expect(() => resolve?.({}, {}, context, info)).toThrow("This needs an access token");
    }
    expect(secret).not.toHaveBeenCalled();
  });

  test("in a list of items that must have it gives an error for each", async () => {
    const result = await run("{ members { id } }", { authentication: anonymous() });
    const missing = ["UNAUTHENTICATED", "authorization_header_missing"];
    expect(reasons(result)).toEqual(["members.0.id", "members.1.id"].map((path) => [path, ...missing]));
    expect(result.data).toEqual({ members: [null, null] });
  });

  test("that must not be null takes its parent with it", async () => {
    expect((await run("{ open strict }", { authentication: anonymous() })).data).toBeNull();
  });

  test.each([
    ["no context", undefined],
    ["null", null],
    ["no authentication", {}],
    ["an unknown kind", { authentication: { kind: "admin" } }],
    ["no principal", { authentication: { kind: "authenticated" } }],
    ["a principal without scopes", { authentication: { kind: "authenticated", principal: { subject: "a" } } }],
    ["scopes that are a list", { authentication: { kind: "authenticated", principal: { scopes: ["a"] } } }],
    ["a rejection without an error", { authentication: { kind: "rejected" } }],
    ["an outage without an error", { authentication: { kind: "unavailable" } }],
    ["text", "authenticated"],
  ])("is refused as unauthenticated with %s as the context", async (_, context) => {
    expect(reasons(await run("{ secret }", context))).toEqual([
      ["secret", "UNAUTHENTICATED", "authorization_header_missing"],
    ]);
    expect(secret).not.toHaveBeenCalled();
  });

  test("is decided anew for each request, also when the caller uses one context for several", async () => {
    const scopes = new Set(["c"]);
    const principal = { ...authenticatedAs(), scopes };
    const context: Record<string, unknown> = { authentication: { kind: "authenticated", principal } };
    expect((await run("{ admin secret }", context)).errors).toBeUndefined();
    scopes.clear();
    expect(reasons(await run("{ admin secret }", context))).toEqual([["admin", "FORBIDDEN", "insufficient_scope"]]);
    context["authentication"] = anonymous();
    expect((await run("{ admin secret }", context)).errors).toHaveLength(2);
    context["authentication"] = authenticatedAs({ scopes: ["c"] });
    expect((await run("{ admin secret }", context)).errors).toBeUndefined();
  });

  test("is decided for each caller, also where an executor lends several the same variable values", () => {
    const resolve = schema.getQueryType()?.getFields()["secret"]?.resolve;
    const info = { variableValues: {}, path: { key: "secret" }, fieldNodes: [] } as unknown as GraphQLResolveInfo;
    const ask = (authentication: unknown): unknown => resolve?.({}, {}, { authentication }, info);
    expect(ask(authenticatedAs())).toBe("secret");
    expect(() => ask(anonymous())).toThrow("This needs an access token");
  });

  test("does not guard introspection or __typename", async () => {
    const result = await run("{ __typename __schema { queryType { name } } items { __typename } }", {
      authentication: anonymous(),
    });
    expect(result.data).toMatchObject({ __typename: "Query", __schema: { queryType: { name: "Query" } }, items: null });
  });
});

describe("a guarded subscription", () => {
  const open = (contextValue: unknown): ReturnType<typeof subscribe> =>
    Promise.resolve(subscribe({ schema, document: parse("subscription { events }"), contextValue }));

  test("is refused before its source is opened", async () => {
    const result = await open({ authentication: anonymous() });
    expect(Symbol.asyncIterator in result ? [] : reasons(result)).toEqual([
      ["events", "UNAUTHENTICATED", "authorization_header_missing"],
    ]);
    expect(opened).not.toHaveBeenCalled();
  });

  test("is given to a caller with a token", async () => {
    const result = await open({ authentication: authenticatedAs() });
    const events: unknown[] = [];
    if (Symbol.asyncIterator in result) for await (const event of result) events.push(event.data);
    expect(events).toEqual([{ events: "secret" }]);
  });
});
