import { context, propagation, trace } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { GraphQLError } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type AskedRequest, ask, askApollo, countAnswersOfApollo, see } from "../support/both-ways.ts";
import { type Answer, readAnswer, type TestServer } from "../support/server.ts";
import { type Stage, type StageOptions, startStage } from "../support/stage.ts";

// Which requests go past Apollo Server, and which must not.

const typeDefs = `
  type Query {
    open: Int, wait: Int, fail: Int, own: Int @auth, admin: Int @requiresScope(scopes: "admin")
    add(a: Int! = 1, b: [Boolean!]): Int, http(name: String!, value: String!): Int
  }
  type Mutation { write: Int }
  type Subscription { tick: Int }`;

let calls = 0;
const resolve = (value: number) => (): number => {
  calls += 1;
  return value;
};
const resolvers = {
  Query: {
    open: resolve(1),
    wait: async () => resolve(1)(),
    fail: () => Promise.reject(new Error("error-mark")),
    own: resolve(2),
    admin: resolve(3),
    add: resolve(4),
    http: (_: unknown, { name, value }: { name: string; value: string }) => {
      throw new GraphQLError("Told.", { extensions: { http: { headers: new Map([[name, value]]) } } });
    },
  },
  Mutation: { write: resolve(5) },
  Subscription: { tick: { resolve: resolve(6) } },
};

async function start(options: StageOptions = {}): Promise<Stage> {
  const stage = await startStage({ typeDefs, resolvers, ...options });
  onTestFinished(stage.stop);
  return stage;
}

let stage: Stage;
let server: TestServer;
beforeAll(async () => {
  stage = await startStage({ typeDefs, resolvers });
  server = stage.server;
});
afterAll(() => stage.stop());

let countOfApollo: () => number;
beforeEach(() => {
  countOfApollo = countAnswersOfApollo();
});

/** Whether Apollo Server was asked for an answer, and no more than once. */
async function isOfApollo(send: () => Promise<Answer>): Promise<boolean> {
  const before = countOfApollo();
  await send();
  const count = countOfApollo() - before;
  expect(count).toBeLessThan(2);
  return count === 1;
}

const bearer = (claims?: object): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${stage.sign({ ...claims })}`,
});

describe("a document", () => {
  test("is Apollo Server's the first time only", async () => {
    const send = (): Promise<Answer> => ask(server, { body: { query: "query First { open wait }" } });
    expect([await isOfApollo(send), await isOfApollo(send), await isOfApollo(send)]).toEqual([true, false, false]);
  });

  test("is known by its text, also where another request than a plain one brought it", async () => {
    await askApollo(server, { body: { query: "{ b: open }" } });
    await fetch(`${server.url}/graphql?query={c:open}`, { headers: { "apollo-require-preflight": "1" } });
    const send = (query: string) => (): Promise<Answer> => ask(server, { body: { query } });
    expect([await isOfApollo(send("{ b: open }")), await isOfApollo(send("{c:open}"))]).toEqual([false, false]);
    expect(await isOfApollo(send("{ b:open }"))).toBe(true);
  });

  test("that was known by one of its operations runs by another", async () => {
    const query = "query A { a: open } query B { b: add } mutation C { c: write } query D { d: own }";
    const send = async (operationName: string): Promise<unknown> =>
      (await ask(server, { body: { query, operationName } })).body.data;
    expect(await send("A")).toEqual({ a: 1 });
    const before = countOfApollo();
    expect([await send("B"), await send("C"), await send("A")]).toEqual([{ b: 4 }, { c: 5 }, { a: 1 }]);
    expect(countOfApollo()).toBe(before);
    // What one of them requires decides nothing about another.
    expect((await ask(server, { body: { query, operationName: "D" } })).status).toBe(401);
    expect((await ask(server, { body: { query } })).status).toBe(400);
  });

  test("gives each caller their own, in any order and at once", async () => {
    const query = "{ open wait own admin }";
    const callers = [{}, bearer({ scope: "admin" }), {}, bearer(), bearer({ exp: 1 }), bearer({ scope: "admin" }), {}];
    const expected = [];
    for (const headers of callers) expected.push((await askApollo(server, { body: { query }, headers })).text);
    expect(new Set(expected).size).toBe(4);
    const before = countOfApollo();
    for (const [index, headers] of callers.entries()) {
      expect((await ask(server, { body: { query }, headers })).text).toBe(expected[index]);
    }
    const atOnce = await Promise.all(callers.map((headers) => ask(server, { body: { query }, headers })));
    expect(atOnce.map(({ text }) => text)).toEqual(expected);
    expect(countOfApollo()).toBe(before);
  });

  test("that is not valid, or exceeds a limit, is refused each time", async () => {
    const deep = {
      aliases: `{ ${Array.from({ length: 200 }, (_, i) => `a${i}: open`).join(" ")} }`,
      unknown: "{ no }",
    };
    for (const query of [...Object.values(deep), "{ open", "{ open(a: 1) }"]) {
      const send = (): Promise<Answer> => ask(server, { body: { query } });
      for (const _ of [1, 2]) expect(await isOfApollo(send)).toBe(true);
      expect((await send()).status).toBe(400);
    }
  });

  test("that introspects is refused in production each time", async () => {
    const { server: production } = await start({ env: { NODE_ENV: "production" } });
    for (const _ of [1, 2, 3]) {
      const answer = await ask(production, { body: { query: "{ open __schema { queryType { name } } }" } });
      expect([answer.status, answer.body.data]).toEqual([400, undefined]);
    }
  });

  test("is forgotten when 1,000 others came, or fewer that are long", async () => {
    const { server: own } = await start();
    const send = (query = "{ open }"): Promise<Answer> => ask(own, { body: { query } });
    await send();
    for (let i = 0; i < 1_000; i += 50) {
      expect(await isOfApollo(send)).toBe(false);
      await Promise.all(Array.from({ length: 50 }, (_, j) => send(`{ a${i + j}: open }`)));
    }
    expect(await isOfApollo(() => send("{ a0: open }"))).toBe(true);
    expect(await isOfApollo(send)).toBe(false);
    const long = " ".repeat(45_000);
    for (let i = 0; i < 6; i += 1) await send(`{ b${i}: open }${long}`);
    expect(await isOfApollo(send)).toBe(true);
    expect(await isOfApollo(() => send(`{ b5: open }${long}`))).toBe(false);
  });
});

describe("Apollo Server answers each time", () => {
  const query = "query A { open } query B { add } mutation C { write }";
  const one = "query ($a: Int! = 1, $b: [Boolean!]) { add(a: $a, b: $b) }";
  const persisted = { version: 1, sha256Hash: "0".repeat(64) };
  test.each<[string, unknown, number]>([
    ["an operation of a name that is not there", { query, operationName: "D" }, 400],
    ["an operation of an empty name", { query, operationName: "" }, 400],
    ["several operations without a name", { query }, 400],
    ["an operation's name that is no text", { query, operationName: 1 }, 400],
    ["a list as the operation's name", { query, operationName: ["A"] }, 400],
    ["a variable that does not fit", { query: one, variables: { a: "1" } }, 400],
    ["many variables that do not fit", { query: one, variables: { a: null, b: Array(50).fill(1) } }, 400],
    ["variables as text", { query: one, variables: "{}" }, 400],
    ["variables as a list", { query: one, variables: [] }, 400],
    ["variables as a number", { query: one, variables: 0 }, 400],
    ["extensions as text", { query: one, extensions: "{}" }, 400],
    ["extensions as a list", { query: one, extensions: [] }, 400],
    ["extensions as a condition", { query: one, extensions: false }, 400],
    ["a persisted query of another hash", { query: one, extensions: { persistedQuery: persisted } }, 400],
    ["a persisted query that is none", { query: one, extensions: { persistedQuery: null } }, 200],
    ["a hash alone", { extensions: { persistedQuery: persisted } }, 200],
    ["a batch", [{ query: one }], 400],
    ["no query", { variables: {} }, 400],
    ["an empty query", { query: "" }, 400],
    ["a query that is no text", { query: [one] }, 400],
    ["a text", one, 400],
    ["null", null, 400],
    ["a subscription", { query: "subscription { tick }" }, 200],
    ["what is refused as a whole", { query: "{ own admin }" }, 401],
    ["a mutation beside it, under a name that is not there", { query: "mutation { write }", operationName: "C" }, 400],
  ])("%s", async (_, body, status) => {
    for (const known of [query, one]) await askApollo(server, { body: { query: known, operationName: "A" } });
    await ask(server, { body: { query: "{ open }" } });
    const expected = await see(server, () => askApollo(server, { body }));
    expect(expected.status).toBe(status);
    for (const _again of [1, 2]) {
      calls = 0;
      const before = countOfApollo();
      expect(await see(server, () => ask(server, { body }))).toEqual(expected);
      expect(countOfApollo() - before).toBe(1);
      if (status !== 200) expect(calls).toBe(0);
    }
  });

  test("GET", async () => {
    await ask(server, { body: { query: "{open}" } });
    await ask(server, { body: { query: "mutation{write}" } });
    const headers = { "content-type": "application/json" };
    const get = async (asked: string): Promise<Answer> =>
      readAnswer(await fetch(`${server.url}/graphql?query=${asked}`, { headers }));
    for (const _ of [1, 2]) expect(await isOfApollo(() => get("{open}"))).toBe(true);
    expect((await get("mutation{write}")).status).toBe(405);
  });

  test("other methods", async () => {
    await ask(server, { body: { query: "{ open }" } });
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ query: "{ open }" });
      const send = async (): Promise<Answer> =>
        readAnswer(await fetch(`${server.url}/graphql`, { method, headers, body }));
      for (const _ of [1, 2]) expect(await isOfApollo(send)).toBe(true);
      expect((await send()).status).toBe(405);
    }
  });

  test("other forms of JSON's media type", async () => {
    for (const type of ["application/json;charset=utf-8", "application/json; charset=UTF-8", "Application/JSON"]) {
      const send = (): Promise<Answer> =>
        ask(server, { body: { query: "{ open }" }, headers: { "content-type": type } });
      expect([await isOfApollo(send), await isOfApollo(send)]).toEqual([true, true]);
    }
  });

  test("a token that is refused as a whole", async () => {
    const strict = (await start({ env: { AUTH_INVALID_TOKEN: "refuse-request" } })).server;
    const request: AskedRequest = { body: { query: "{ open }" } };
    for (const _ of [1, 2]) await ask(strict, request);
    expect(await isOfApollo(() => ask(strict, request))).toBe(false);
    const send = (): Promise<Answer> => ask(strict, { ...request, headers: bearer({ exp: 1 }) });
    expect(await isOfApollo(send)).toBe(true);
    expect(await send()).toMatchObject({ status: 401, body: { errors: [{}] } });
    expect((await send()).headers.get("www-authenticate")).toContain("invalid_token");
  });

  test("where introspection is filtered", async () => {
    const { server: filtered } = await start({ directives: { introspection: "permitted" } });
    for (const query of ["{ open }", '{ __type(name: "Query") { fields { name } } }']) {
      const send = (): Promise<Answer> => ask(filtered, { body: { query } });
      for (const _ of [1, 2]) expect(await isOfApollo(send)).toBe(true);
      expect((await send()).text).not.toMatch(/errors|own|admin/);
    }
  });

  test("while spans are recorded", async () => {
    const send = (): Promise<Answer> => ask(server, { body: { query: "query Traced { open }" } });
    for (const _ of [1, 2]) await send();
    const provider = new NodeTracerProvider();
    provider.register();
    onTestFinished(async () => {
      await provider.shutdown();
      for (const api of [trace, context, propagation]) api.disable();
    });
    expect([await isOfApollo(send), await isOfApollo(send)]).toEqual([true, true]);
  });
});

describe("an Accept header", () => {
  const accept = (value: string) => (): Promise<Answer> =>
    ask(server, { body: { query: "{ open }" }, headers: { accept: value } });

  test("that has not been seen is Apollo Server's, and its answer is kept", async () => {
    for (const [value, type] of [
      ["application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json; charset=utf-8"],
      ["application/json, application/graphql-response+json;q=0.9", "application/json; charset=utf-8"],
      ["text/html;q=0.1, */*;q=0.01", "application/json; charset=utf-8"],
    ] as const) {
      expect([await isOfApollo(accept(value)), await isOfApollo(accept(value))]).toEqual([true, false]);
      const { status, headers, text } = await accept(value)();
      expect([status, headers.get("content-type"), text]).toEqual([200, type, '{"data":{"open":1}}\n']);
    }
  });

  test("that asks for something else is not acceptable each time", async () => {
    for (const _ of [1, 2]) expect(await isOfApollo(accept("text/html"))).toBe(true);
    expect((await accept("text/html")()).status).toBe(406);
  });

  test("is not learned of an answer whose type is an error's", async () => {
    const headers = { accept: "application/json, text/x-note" };
    const body = { query: '{ http(name: "content-type", value: "text/x-note") }' };
    for (const send of [askApollo, askApollo, ask, ask]) {
      const answer = await send(server, { body, headers });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/x-note"]);
    }
    await accept(headers.accept)();
    const answer = await accept(headers.accept)();
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  });

  test("is forgotten when a hundred others came", async () => {
    const send = (i: number): (() => Promise<Answer>) => accept(`application/json;q=0.${1000 + i}`);
    for (let i = 0; i < 101; i += 1) await send(i)();
    expect([await isOfApollo(send(1)), await isOfApollo(send(0))]).toEqual([false, true]);
  });
});
