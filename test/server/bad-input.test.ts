import { GraphQLError } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { type Answer, readAnswer, startServer, startServerForTest, type TestServer } from "../support/server.ts";
import { expectNothingInside, expectRefusal } from "./expect-refusal.ts";

const typeDefs = `
  enum Size { SMALL LARGE }
  input Box { width: Int }
  type Query { hello(number: Int, size: Size, box: Box): String fail: String refuse: String }
  type Mutation { write: String }
`;

/** The resolvers that were called. */
const executed: string[] = [];

const record = (name: string) => (): string => {
  executed.push(name);
  return name;
};

const resolvers = {
  Query: {
    hello: record("hello"),
    fail: () => {
      // As axios does, with the request in it.
      const request = { config: { headers: { Authorization: "Bearer hush-hush" } } };
      throw Object.assign(new Error("The password of the database is hunter2."), request);
    },
    refuse: () => {
      throw new GraphQLError("There is no such book.", { extensions: { code: "NO_SUCH_BOOK" } });
    },
  },
  Mutation: { write: record("write") },
};

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer, typeDefs, resolvers });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});
beforeEach(() => {
  executed.length = 0;
});

const json = { "content-type": "application/json" };
const csrf = { "apollo-require-preflight": "true" };

async function send(path: string, init: RequestInit): Promise<Answer> {
  return readAnswer(await fetch(`${server.url}${path}`, init));
}

function toForm(): FormData {
  const form = new FormData();
  form.set("query", "{ hello }");
  return form;
}

describe("a POST", () => {
  const good = '{"query":"{ hello }"}';

  test.each<[string, number, RegExp, RequestInit]>([
    ["a body that is not JSON", 400, /not valid JSON/, { headers: json, body: "{ hello" }],
    ["an empty body", 400, /body is empty/, { headers: json, body: "" }],
    ["no body and no type", 400, /'content-type' header/, {}],
    ["plain text", 400, /'content-type' header/, { body: good }],
    ["plain text and the header against cross-site requests", 400, /Content-Type/, { headers: csrf, body: good }],
    ["a form", 415, /must be JSON/, { body: new URLSearchParams({ query: "{ hello }" }) }],
    ["a multipart form", 415, /must be JSON/, { body: toForm() }],
    ["a body of XML", 415, /must be JSON/, { headers: { "content-type": "application/xml" }, body: "<query/>" }],
    ["a body over 100 KiB", 413, /larger than 100 KiB/, { headers: json, body: good.padEnd(100 * 1024 + 1) }],
    ["a key that would change a prototype", 400, /JSON/, { headers: json, body: '{"query":"{hello}","__proto__":{}}' }],
  ])("with %s is refused with status %i", async (_what, status, words, init) => {
    expectRefusal(await send("/graphql", { method: "POST", ...init }), status, words);
    expect(executed).toEqual([]);
  });

  test("with a body of exactly 100 KiB is answered", async () => {
    const { status } = await send("/graphql", { method: "POST", headers: json, body: good.padEnd(100 * 1024) });
    expect(status).toBe(200);
    expect(executed).toEqual(["hello"]);
  });

  test.each<[string, unknown, RegExp?]>([
    ["null", null],
    ["a number", 1],
    ["a string", "{ hello }"],
    ["an empty list", []],
    ["a batch of queries", [{ query: "{ hello }" }, { query: "{ hello }" }], /batching/i],
    ["an object without anything", {}],
    ["an object without a query", { variables: {} }, /non-empty `query`/],
    ["an empty query", { query: "" }, /non-empty `query`/],
    ["a query that is a number", { query: 1 }, /must be strings/],
    ["a query that is an object", { query: { kind: "Document" } }],
    ["variables that are a list", { query: "{ hello }", variables: [] }, /`variables`/],
    ["variables that are a string", { query: "{ hello }", variables: "{}" }, /`variables`/],
    ["extensions that are a string", { query: "{ hello }", extensions: "{}" }, /`extensions`/],
    ["an operation name that is a number", { query: "{ hello }", operationName: 1 }, /`operationName`/],
    ["an operation name that is not there", { query: "query A { hello }", operationName: "B" }, /operation/],
    ["two operations and no name", { query: "query A { hello } query B { hello }" }, /operation/],
    ["no operation", { query: "fragment F on Query { hello }" }],
    ["a syntax error", { query: "{ hello" }, /Syntax Error/],
    ["an unknown field", { query: "{ goodbye }" }, /Cannot query field "goodbye"/],
    ["an unknown directive", { query: "{ hello @admin }" }, /Unknown directive/],
    ["a wrong variable", { query: "query($n: Int) { hello(number: $n) }", variables: { n: "x" } }, /Variable "\$n"/],
  ])("with %s is refused with status 400", async (_what, value, words) => {
    const answer = await send("/graphql", { method: "POST", headers: json, body: JSON.stringify(value) });
    expectRefusal(answer, 400, words);
    expect(executed).toEqual([]);
  });
});

test.each<[string, number, Record<string, string>]>([
  ["no query", 400, {}],
  ["variables that are not JSON", 400, { query: "{ hello }", variables: "{" }],
  ["a syntax error", 400, { query: "{ hello" }],
  ["an operation name that is not there", 400, { query: "query A { hello }", operationName: "B" }],
  ["a mutation", 405, { query: "mutation { write }" }],
  ["a mutation behind a query", 405, { query: "query A { hello } mutation B { write }", operationName: "B" }],
])("a GET with %s is refused with status %i", async (_what, status, search) => {
  expectRefusal(await send(`/graphql?${new URLSearchParams(search)}`, { headers: csrf }), status);
  expect(executed).toEqual([]);
});

test.each(["PUT", "PATCH", "DELETE"])("a %s is refused with status 405 and told what is allowed", async (method) => {
  const answer = await send("/graphql", { method, headers: json, body: '{"query":"mutation { write }"}' });
  expectRefusal(answer, 405, /GET\/POST/);
  expect(answer.headers.get("allow")).toBe("GET, POST");
  expect(executed).toEqual([]);
});

test.each([
  ["/nothing", 404],
  ["/graphql/", 404],
  ["/graphql/../../etc/passwd", 404],
  ["/%zz", 400],
])("the path %s is refused with status %i", async (path, status) => {
  expectRefusal(await send(path, {}), status);
});

test.each([
  ["query ($size: Size) { hello(size: $size) }", { size: "SMAL" }],
  ["query ($box: Box) { hello(box: $box) }", { box: { widht: 1 } }],
  ["{ hello(size: SMAL) }", {}],
  ["{ hello(box: { widht: 1 }) }", {}],
])("names of the schema are suggested for %s with %j, but not in production", async (query, variables) => {
  expect((await server.query(query, { variables })).text).toContain("Did you mean");
  const env = { NODE_ENV: "production" };
  const production = await startServerForTest({ issuer: provider.issuer, typeDefs, resolvers, env });
  const answer = await production.query(query, { variables });
  expectRefusal(answer, 400);
  expect(answer.text).not.toMatch(/Did you mean|SMALL|width/);
});

test("names of the schema are not suggested in production where a message was too long to be told as a whole", async () => {
  const env = { NODE_ENV: "production" };
  const production = await startServerForTest({ issuer: provider.issuer, typeDefs, resolvers, env });
  const query = "query ($box: Box) { hello(box: $box) }";
  const ask = (from: TestServer, note: string): Promise<Answer> =>
    from.query(query, { variables: { box: { widht: 1, note } } });
  const [{ message }] = (await ask(server, "")).body.errors;
  expect(message).toMatch(/Did you mean "width"\?$/);
  // Of the whole message the last character does not fit.
  const note = "x".repeat(1001 - message.length);
  expect((await ask(server, note)).text).toContain('Did you mean \\"width\\"…');
  const answer = await ask(production, note);
  expectRefusal(answer, 400);
  expect(answer.text).not.toMatch(/Did you mean|width/);
});

describe("an error thrown by a resolver", () => {
  test("is masked when it is a plain one, and is in the log", async () => {
    const { status, body, text } = await server.query("{ hello fail }");
    expect(status).toBe(200);
    expect(body.data).toEqual({ hello: "hello", fail: null });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({ path: ["fail"], extensions: { code: "INTERNAL_SERVER_ERROR" } });
    expect(text).not.toContain("hunter2");
    expectNothingInside(text);
    expect(server.logs.join("")).toContain("hunter2");
    expect(server.logs.join("")).not.toContain("hush-hush");
  });

  test("keeps its message and its code when it is a GraphQLError", async () => {
    const { body, text } = await server.query("{ refuse }");
    expect(body.data).toEqual({ refuse: null });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({ message: "There is no such book.", extensions: { code: "NO_SUCH_BOOK" } });
    expectNothingInside(text);
  });
});
