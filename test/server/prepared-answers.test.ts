import { GraphQLError, GraphQLScalarType } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AskedRequest, ask, askApollo, countAnswersOfApollo, see } from "../support/both-ways.ts";
import { startServerForTest, type TestServer } from "../support/server.ts";
import { type Stage, startStage } from "../support/stage.ts";

// Whatever goes past Apollo Server is answered as Apollo Server answers it.

const typeDefs = `
  directive @note(text: String) on FIELD
  scalar Odd
  type Query {
    open: Int, none: Int, must: Int!, wait: Int, row: Row, rows: [Row!], loose: [Row], node: Node
    own: Int @auth
    mine: Row @auth
    admin: Int @requiresScope(scopes: "admin")
    search(all: Boolean @requiresScope(scopes: "admin"), first: Int! = 1, filter: Filter): String
    fail: Int, told: Int, coded: Int, rejected: Int, strange: Int, located: Int, unreadable: Int, long: String, huge: Odd, odd: Odd, unsaid: Odd
    form(http: String!): Int
    http(status: Int, name: String, value: String): Int
    later(status: Int, name: String, value: String): Int
  }
  type Mutation {
    add(by: Int! = 1): Int
    remove: Int @requiresScope(scopes: "admin")
    note(secret: String @auth): Row
    fail: Int!
  }
  interface Node { id: ID! }
  input Filter { text: String secret: String @requiresScope(scopes: "a") and: [Filter!] }
  type Row implements Node {
    id: ID!, cell: Int @requiresScope(scopes: "a"), sure: Int! @requiresScope(scopes: "a"), fail: Int!, wait: Row, own: Row @auth
  }`;

let calls: string[] = [];
beforeEach(() => {
  calls = [];
});

type Head = { readonly status?: number; readonly name?: string; readonly value?: string };

const fail = (): never => {
  throw new Error("error-mark");
};
const http = (_: unknown, { status, name, value = "" }: Head): never => {
  const headers = name === undefined ? {} : { headers: new Map([[name, value]]) };
  const head = { ...(status !== undefined && { status }), ...headers };
  throw new GraphQLError("Told over HTTP.", { extensions: { code: "TOLD", http: head } });
};
const row = { id: "1", cell: 1, sure: 2, fail, wait: async () => row, own: () => row };
const roots = {
  Query: {
    open: () => 1,
    none: () => null,
    must: () => null,
    wait: async () => 2,
    row: () => row,
    rows: () => [row, row],
    loose: async () => [row, null, fail],
    node: () => ({ __typename: "Row", ...row }),
    own: () => 3,
    mine: () => row,
    admin: async () => 4,
    search: (_: unknown, args: object) => JSON.stringify(args),
    fail,
    told: () => {
      throw new GraphQLError("Told.", { extensions: { note: { more: 1 } } });
    },
    coded: () => {
      throw new GraphQLError("Coded.", { extensions: { first: 1, code: "CODED", http: "none" } });
    },
    rejected: () => Promise.reject(new Error("error-mark")),
    strange: () => Promise.reject("error-mark"),
    located: () => {
      throw Object.assign(new TypeError("error-mark"), { path: ["elsewhere"] });
    },
    unreadable: () => {
      throw new GraphQLError("Unreadable.", {
        extensions: Object.defineProperty({}, "note", { enumerable: true, get: fail }),
      });
    },
    form: (_: unknown, { http: given }: { readonly http: string }) => {
      throw new GraphQLError("Formed.", { extensions: { http: JSON.parse(given) } });
    },
    long: () => "é€😀\u0000".repeat(4096),
    huge: () => "huge",
    unsaid: () => "unsaid",
    odd: () => "odd",
    http,
    later: async (source: unknown, args: Head) => http(source, args),
  },
  Mutation: {
    add: (_: unknown, { by }: { by: number }) => by,
    remove: () => 1,
    note: async () => row,
    fail: () => null,
  },
};
const noted = Object.entries(roots).map(([type, fields]) => [
  type,
  Object.fromEntries(
    Object.entries(fields).map(([name, resolve]) => [
      name,
      (source: never, args: never): unknown => {
        calls.push(`${type}.${name}`);
        return (resolve as (source: never, args: never) => unknown)(source, args);
      },
    ]),
  ),
]);
const sayNot = (): never => {
  throw null;
};
const odd: Readonly<Record<string, unknown>> = { huge: 1n, unsaid: { toJSON: sayNot } };
const resolvers = {
  ...Object.fromEntries(noted),
  Odd: new GraphQLScalarType({ name: "Odd", serialize: (value) => odd[String(value)] ?? fail() }),
};

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ typeDefs, resolvers });
});
afterAll(() => stage.stop());

const callers: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  "somebody without a token": () => ({}),
  "somebody without scopes": () => bearer(stage.sign()),
  "somebody with one scope": () => bearer(stage.sign({ scope: "a" })),
  "somebody with all scopes": () => bearer(stage.sign({ scope: "admin a" })),
  "somebody whose token has expired": () => bearer(stage.sign({ exp: stage.nowS - 3600 })),
  "somebody with another scheme": () => ({ authorization: "Basic bm86bm8=" }),
};

const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });

const rows = "query Rows($is: Boolean = true) { rows { id cell sure @include(if: $is) } loose { id } }";
const two = "query A { open } query B { wait own }";
const search =
  "query ($all: Boolean, $first: Int! = 2, $filter: Filter) { open search(all: $all, first: $first, filter: $filter) }";
const told = "query ($n: String, $v: String, $s: Int) { open http(status: $s, name: $n, value: $v) }";

const toForms = (forms: readonly unknown[]): string =>
  `{ open ${forms.map((form, i) => `f${i}: form(http: ${JSON.stringify(JSON.stringify(form))})`).join(" ")} }`;

/** Operations of which anybody is granted a part at least: these go past Apollo Server. */
const passing: readonly (readonly [what: string, body: Readonly<Record<string, unknown>>])[] = [
  ["fields of all", { query: "{ open none wait }" }],
  ["__typename only", { query: "{ __typename }" }],
  ["the schema", { query: '{ __schema { queryType { name } } __type(name: "Row") { fields { name } } }' }],
  ["guarded fields beside others", { query: "{ open own admin mine { id } }" }],
  ["guarded fields of lists", { query: rows }],
  ["a condition", { query: rows, variables: { is: false } }],
  ["a condition that is null", { query: rows, variables: { is: null } }],
  [
    "a condition at the root that is null",
    { query: "query ($is: Boolean = true) { open @skip(if: $is) }", variables: { is: null } },
  ],
  [
    "fields of fields",
    { query: "{ row { wait { own { id } wait { cell } } } node { id ... on Row { own { sure } } } }" },
  ],
  [
    "merged fields and fragments",
    { query: "{ row { ...R } row { wait { id } } } fragment R on Row { wait { cell } }" },
  ],
  ["a guarded argument", { query: search, variables: { all: true, filter: {} } }],
  ["a guarded input field", { query: search, variables: { filter: { and: [{ secret: "s" }] } } }],
  ["inputs without rules", { query: search, variables: { first: 3, filter: { text: "t" } } }],
  ["what must not be null", { query: "{ open must }" }],
  ["nothing but errors", { query: "{ fail told row { fail } }" }],
  ["errors of all kinds", { query: "{ open fail told coded rejected strange located unreadable }" }],
  ["a scalar that fails", { query: "{ open odd }" }],
  ["a scalar that JSON does not know", { query: "{ open fail huge told }" }],
  ["a scalar that JSON does not know, later", { query: '{ wait huge http(status: 418, name: "x-a", value: "b") }' }],
  ["a value that fails when it is said", { query: "{ open unsaid }" }],
  ["forms of http that are none", { query: toForms([null, 1, "1", [], { status: "418" }, { headers: {} }]) }],
  ["forms of http that say nothing", { query: toForms([{ status: 418 }, {}, { status: 0 }, { more: 1 }]) }],
  ["an answer that is long, in other letters than English ones", { query: "{ open long fail }" }],
  ["a status", { query: told, variables: { s: 418 } }],
  ["a status and a header", { query: told, variables: { s: 402, n: "X-Note", v: "a" } }],
  ["a header only", { query: told, variables: { n: "retry-after", v: "5" } }],
  ["a status that is none", { query: told, variables: { s: 9, n: "x-note", v: "a" } }],
  ["a content type", { query: told, variables: { n: "Content-Type", v: "text/plain" } }],
  [
    "the last of several statuses and headers",
    {
      query: `{ a: later(status: 402, name: "Set-Cookie", value: "a=b")
    b: http(status: 418, name: "set-cookie", value: "c=d") c: http(name: "x-c", value: "e") }`,
    },
  ],
  ["one of several operations", { query: two, operationName: "A" }],
  ["the other one", { query: two, operationName: "B" }],
  ["a name beside one operation", { query: "query Named { open }", operationName: "Named" }],
  ["a mutation", { query: "mutation Add($by: Int!) { add(by: $by) two: add }", variables: { by: 5, unknown: 1 } }],
  ["a mutation that fails", { query: "mutation { add fail again: add }" }],
  ["null for what is left out", { query: "{ open }", variables: null, operationName: null, extensions: null }],
  [
    "a client's extensions",
    { query: "{ open own }", extensions: { clientLibrary: { name: "@apollo/client", version: "4.0.0" } } },
  ],
  ["what the server does not know of", { query: "{ open }", id: 1, variables: {} }],
  ["directives and aliases", { query: '{ a: open @note(text: "é") b: own ... @include(if: true) { wait } }' }],
];

describe.each(Object.keys(callers))("%s gets the same past Apollo Server as from it:", (caller) => {
  test.each(passing)("%s", async (_, body) => {
    const { server } = stage;
    const countOfApollo = countAnswersOfApollo();
    const request: AskedRequest = { body, headers: callers[caller]?.() ?? {} };
    const expected = { ...(await see(server, () => askApollo(server, request))), calls };
    // Its Accept header is known, whatever the answer was.
    await ask(server, { body: { query: "{ __typename }" } });
    const before = countOfApollo();
    for (const again of [1, 2]) {
      calls = [];
      expect({ again, ...(await see(server, () => ask(server, request))), calls }).toEqual({ again, ...expected });
    }
    expect(countOfApollo() - before).toBe(0);
  });
});

/** Operations that are refused as a whole where the caller lacks something. */
const refusable: typeof passing = [
  ["a guarded field", { query: "{ own }" }],
  ["guarded fields", { query: "query Both { admin own }" }],
  ["a guarded argument", { query: "{ search(all: true) }" }],
  ["a guarded argument by a variable", { query: "query ($v: Boolean) { search(all: $v) }", variables: { v: null } }],
  ["what a condition leaves", { query: "query ($v: Boolean!) { own open @skip(if: $v) }", variables: { v: true } }],
  ["a mutation of which a part is guarded", { query: "mutation { add remove }" }],
  ["a mutation with a guarded argument", { query: 'mutation { note(secret: "s") { id cell } }' }],
];

describe.each(Object.keys(callers))(
  "%s gets the same of Apollo Server, where it has to refuse, as past it:",
  (caller) => {
    test.each(refusable)("%s", async (_, body) => {
      const { server } = stage;
      const countOfApollo = countAnswersOfApollo();
      const request: AskedRequest = { body, headers: callers[caller]?.() ?? {} };
      const expected = { ...(await see(server, () => askApollo(server, request))), calls };
      await ask(server, { body: { query: "{ __typename }" } });
      const before = countOfApollo();
      calls = [];
      expect({ ...(await see(server, () => ask(server, request))), calls }).toEqual(expected);
      expect(countOfApollo() - before).toBe(expected.status === 200 ? 0 : 1);
      if (expected.status === 200) return;
      expect(calls).toEqual([]);
      expect(expected.headers).toContainEqual(expect.stringMatching(/^www-authenticate: Bearer /));
    });
  },
);

describe.each<[string, Readonly<Record<string, string>>]>([
  ["in production", { NODE_ENV: "production" }],
  ["where graphql-js executes every query", { PLANNED_QUERIES: "off" }],
  ["where a bad token is refused as a whole", { AUTH_INVALID_TOKEN: "refuse-request" }],
])("%s all is answered the same too,", (_, env) => {
  test.each(Object.keys(callers))("to %s", async (caller) => {
    const { provider, clock } = stage;
    const server: TestServer = await startServerForTest({ issuer: provider.issuer, clock, typeDefs, resolvers, env });
    const headers = callers[caller]?.() ?? {};
    for (const body of [...passing, ...refusable].map(([, one]) => one)) {
      calls = [];
      const expected = { body, ...(await see(server, () => askApollo(server, { body, headers }))), calls };
      for (const _again of [1, 2]) {
        calls = [];
        const seen = await see(server, () => ask(server, { body, headers }));
        expect({ body, ...seen, calls }).toEqual(expected);
      }
    }
  });
});
