import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startProvider, type TestProvider } from "./support/provider.ts";
import { respondWith, type ScriptedProvider, startScriptedProvider } from "./support/scripted-provider.ts";
import { startServer, type TestServer } from "./support/server.ts";

const called = vi.fn(() => 1);
const typeDefs = `
  type Query {
    open: Int
    one: Int @auth
    a: Int @requiresScope(scopes: ["a"])
    bOrCd: Int @requiresScope(scopes: [["b"], ["c", "d"]])
    search(hidden: Boolean @auth): Int
  }
  input Change { force: Boolean @requiresScope(scopes: ["force"]) }
  type Mutation {
    open(all: Boolean @requiresScope(scopes: ["all"]), change: [Change!]): Int
    one: Int @auth
    a: Int @requiresScope(scopes: ["a"])
  }`;
const fields = { open: called, one: called, a: called };
const resolvers = { Query: { ...fields, bOrCd: called, search: called }, Mutation: fields };

let provider: TestProvider;
let down: ScriptedProvider;
let server: TestServer;
let strict: TestServer;
let cut: TestServer;
beforeAll(async () => {
  const client = { id: "d", secret: "s", scopes: ["d"] };
  provider = await startProvider({ clients: [client] });
  down = await startScriptedProvider();
  down.answers.set("/.well-known/openid-configuration", respondWith(500));
  const env = { AUTH_INVALID_TOKEN: "refuse-request" };
  server = await startServer({ issuer: provider.issuer, typeDefs, resolvers });
  strict = await startServer({ issuer: provider.issuer, typeDefs, resolvers, env });
  cut = await startServer({ issuer: down.issuer, typeDefs, resolvers, env });
});
beforeEach(() => called.mockClear());
afterAll(() => Promise.all([server, strict, cut, provider, down].map(({ stop }) => stop())));

describe("an operation is refused before it is executed", () => {
  test.each([
    [
      "when all of its root fields are refused, each with its error",
      "{ x: one ...F } fragment F on Query { ... { y: a } }",
      ["x", "y"],
    ],
    ["__typename not counting", "{ __typename one }", ["one"]],
    [
      "skipped and not included fields not counting",
      "{ one open @skip(if: true) o: open @include(if: false) }",
      ["one"],
    ],
    ["when it is a mutation and one of its fields is refused", "mutation { open one x: open }", ["one"]],
    ["and a field that is selected twice gives one error", "{ one ... { one } }", ["one"]],
  ])("%s", async (_, query, keys) => {
    const { status, body } = await server.query(query);
    expect(status).toBe(401);
    expect(body.data).toBeUndefined();
    expect(body.errors.map(({ path }: { path: unknown }) => path)).toEqual(keys.map((key) => [key]));
    expect(called).not.toHaveBeenCalled();
  });

  test("whatever @skip and @include say through variables and their defaults", async () => {
    const query = "query ($no: Boolean = false, $yes: Boolean!) { one open @include(if: $no) x: open @skip(if: $yes) }";
    expect((await server.query(query, { variables: { yes: true } })).status).toBe(401);
    expect((await server.query(query, { variables: { yes: false } })).status).toBe(200);
  });

  test("when it is a mutation and provides a guarded argument or input field, also through variables", async () => {
    const token = await provider.getToken("d", { scope: "d" });
    const query = "mutation ($all: Boolean, $change: [Change!]) { open(all: $all, change: $change) }";
    const ask = (variables: Record<string, unknown>): ReturnType<TestServer["query"]> =>
      server.query(query, { token, variables });
    const { status, headers, body } = await ask({ all: null, change: { force: false } });
    expect([status, called.mock.calls.length]).toEqual([403, 0]);
    expect(body.errors[0].extensions.requiredScopes).toEqual([["all", "force"]]);
    expect(headers.get("www-authenticate")).toContain('scope="all force"');
    expect((await ask({ change: {} })).body).toEqual({ data: { open: 1 } });
  });

  test("when it is a query and all of its root fields provide a guarded argument, also through a variable", async () => {
    const query = "query ($hidden: Boolean) { search(hidden: $hidden) }";
    expect((await server.query("{ search(hidden: true) }")).status).toBe(401);
    expect((await server.query(query, { variables: { hidden: null } })).status).toBe(401);
    expect(called).not.toHaveBeenCalled();
    expect((await server.query(query)).body).toEqual({ data: { search: 1 } });
  });

  test("and the challenge names, for each refused field, the alternative that lacks the fewest scopes", async () => {
    const token = await provider.getToken("d", { scope: "d" });
    const { status, headers, body } = await server.query("{ a bOrCd again: a }", { token });
    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toContain('error="insufficient_scope", scope="a b"');
    expect(body.errors.map(({ extensions }: { extensions: object }) => extensions)).toEqual(
      [[["a"]], [["b"], ["c", "d"]], [["a"]]].map((requiredScopes) => ({
        code: "FORBIDDEN",
        reason: "insufficient_scope",
        requiredScopes,
      })),
    );
  });
});

describe("an operation is executed", () => {
  test.each([
    ["when one root field of a query is granted", "{ one open }", { one: null, open: 1 }],
    ["when it asks for the schema", "{ __schema { __typename } }", { __schema: { __typename: "__Schema" } }],
    [
      "when it asks for the schema beside a guarded field",
      '{ one __type(name: "X") { name } }',
      { one: null, __type: null },
    ],
    ["when it asks for nothing but __typename", "{ __typename }", { __typename: "Query" }],
    ["when everything is skipped", "{ one @skip(if: true) }", {}],
    ["when a mutation is granted", "mutation { open }", { open: 1 }],
  ])("%s", async (_, query, data) => {
    const answer = await server.query(query);
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual(data);
    expect(answer.headers.get("www-authenticate")).toBeNull();
  });

  test("unless no operation has the name that is asked for, which is said as ever", async () => {
    const { status, body } = await server.query("query A { one } query B { one }");
    expect(status).toBe(400);
    expect(body.errors[0].extensions.code).toBe("OPERATION_RESOLUTION_FAILURE");
  });

  test("unless a condition is null, which is said as ever", async () => {
    const query = "query ($no: Boolean = false) { one open @skip(if: $no) }";
    const { status, body } = await server.query(query, { variables: { no: null } });
    expect(status).toBe(200);
    expect(body.errors[0].message).toContain('"if" of non-null type "Boolean!" must not be null');
  });

  test("unless its variables are wrong, which is said as ever", async () => {
    const { status, body } = await server.query("query ($no: Boolean!) { one @skip(if: $no) }", {
      variables: { no: "x" },
    });
    expect(status).toBe(400);
    expect(body.errors[0].extensions.code).toBe("BAD_USER_INPUT");
  });
});

describe("with refuse-request", () => {
  test.each([
    ["a bad token", { token: "garbage" }, "invalid_token"],
    ["a malformed header", { headers: { authorization: "Bearer" } }, "invalid_header"],
  ])("%s fails the whole request with one error without a path, the schema included", async (_, options, reason) => {
    const { status, body, headers } = await strict.query("{ open __schema { __typename } one }", options);
    expect(status).toBe(401);
    expect(body).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: "UNAUTHENTICATED", reason } }],
    });
    expect(headers.get("www-authenticate")).toMatch(/^Bearer realm="graphql", error="/);
    expect(called).not.toHaveBeenCalled();
  });

  test("an outage fails the whole request", async () => {
    const { status, body, headers } = await cut.query("{ open }", { token: await provider.sign({ iss: down.issuer }) });
    expect(status).toBe(503);
    expect(body.errors[0].extensions).toEqual({ code: "SERVICE_UNAVAILABLE", reason: "provider_unavailable" });
    expect(headers.get("retry-after")).toBe("5");
  });

  test("no token, and a good one, change nothing", async () => {
    expect((await strict.query("{ open one }")).body.data).toEqual({ open: 1, one: null });
    expect((await strict.query("{ open one }", { token: await provider.sign() })).body.data).toEqual({
      open: 1,
      one: 1,
    });
  });
});
