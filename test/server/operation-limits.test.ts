import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer, startServerForTest, type TestServer, type TestServerOptions } from "../support/server.ts";
import { expectRefusal } from "./expect-refusal.ts";

const typeDefs = `
  directive @note on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | FRAGMENT_DEFINITION | QUERY | VARIABLE_DEFINITION
  input Box { width: Int }
  type Query { node: Node hello(box: Box): String }
  type Node { node: Node hello: String }
`;
const resolvers = {
  Query: { node: () => ({}), hello: () => "hello" },
  Node: { node: () => ({}), hello: () => "hello" },
};

const start = (env: Record<string, string> = {}): Promise<TestServer> => startServerForTest(withLimits(env));
const withLimits = (env: Record<string, string>): TestServerOptions => {
  return { issuer: "http://127.0.0.1:1", typeDefs, resolvers, env };
};

/** Selections below each other, the deepest with a name of its own. */
const nest = (levels: number): string => `${"{ node ".repeat(levels - 1)}{ hello }${" }".repeat(levels - 1)}`;
const list = (count: number, toItem: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => toItem(index)).join(" ");

/** Fragments that spread the next one twice: the last one is in the operation 2 to the 30th times. */
const doubling = (fields: (index: number) => string): string =>
  `{ ...F0 } ${list(30, (index) => `fragment F${index} on Query { ${fields(index)} ...F${index + 1} ...F${index + 1} @note }`)}
   fragment F30 on Query { hello }`;

const small = { LIMIT_DEPTH: "4", LIMIT_ALIASES: "3", LIMIT_DIRECTIVES: "3", LIMIT_ROOT_FIELDS: "2" };

describe("an operation", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(withLimits(small));
  });
  afterAll(() => server.stop());

  test.each([
    ["as deep as it may be", nest(4)],
    [
      "with fragments, which are no levels of their own",
      `{ node { ... { ... on Node { ...F } } } } fragment F on Node ${nest(3)}`,
    ],
    ["with as many aliases as it may have", "{ a: node { b: hello c: hello } }"],
    ["with as many directives as it may have", "query @note { hello @note ... @note { hello } }"],
    [
      "with a root field that many fragments select",
      `{ ${list(9, (index) => `...F${index}`)} } ${list(9, (index) => `fragment F${index} on Query { node { hello } }`)}`,
    ],
    ["with as many fields as one likes below the root", `{ node { ${"hello ".repeat(200)} } }`],
  ])("%s is answered", async (_what, query) => {
    const { status, body } = await server.query(query);
    expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
  });

  test.each([
    ["too deep", nest(5), /has 5 levels of fields; the limit is 4\. Ask for the deeper ones/],
    ["too deep in a fragment", `{ node { ...F } } fragment F on Node ${nest(4)}`, /has 5 levels/],
    [
      "too deep in a fragment seen before at a lower level",
      `{ node { ...F } ...G } fragment G on Query { node { node { ...F } } } fragment F on Node ${nest(3)}`,
      /has 5 levels/,
    ],
    [
      "with an alias too many",
      `{ ${list(4, (index) => `node { a${index}: hello }`)} }`,
      /has 4 aliases.* the limit is 3\. Send several/,
    ],
    [
      "with aliases of what costs nothing",
      `{ node { ${list(4, (index) => `a${index}: __typename`)} } }`,
      /has 4 aliases/,
    ],
    [
      "with aliases in a fragment spread twice",
      "{ node { ...F node { ...F } } } fragment F on Node { a: hello b: hello }",
      /has 4 aliases/,
    ],
    [
      "with a directive too many",
      "query @note { hello @note ... @note { hello @note } }",
      /has 4 directives.* the limit is 3\./,
    ],
    [
      "with directives at a fragment's second spread",
      "{ ...F ...F @note @note @note @note } fragment F on Query { hello }",
      /has 4 directives/,
    ],
    [
      "with directives in a fragment spread twice",
      "{ ...F ...F } fragment F on Query @note { hello @note }",
      /has 4 directives/,
    ],
    [
      "with directives at variables",
      `query(${list(4, (index) => `$v${index}: Int @note`)}) { hello }`,
      /has 4 directives/,
    ],
    ["with a root field too many", "{ hello node { hello } a: hello }", /has 3 fields at its root; the limit is 2\./],
    [
      "with root fields in fragments",
      "{ hello ...F ... { a: hello } } fragment F on Query { node { hello } }",
      /has 3 fields at its root/,
    ],
    ["that is the second of two", `query A { hello } query B ${nest(5)}`, /has 5 levels/],
    ["that is invalid as well", `{ ${list(50, (index) => `nothing${index}`)} }`, /has 50 fields at its root/],
  ])("%s is refused with status 400, and told which limit, how much and what to do", async (_what, query, words) => {
    const answer = await server.query(query);
    expectRefusal(answer, 400, words);
    expect(answer.body.errors).toHaveLength(1);
    expect(answer.body.errors[0].extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test.each([
    ["nothing counted in them", () => "hello", /more than 1000000 directives/],
    ["aliases in them", (index: number) => `a${index}: hello`, /has 31 fields at its root/],
  ])(
    "with fragments that spread each other twice, thirty deep, and %s is counted at once",
    async (_what, fields, words) => {
      expectRefusal(await server.query(doubling(fields)), 400, words);
    },
  );

  test.each([
    ["a fragment within itself", "{ ...F } fragment F on Query { ...F ...F hello }", /itself/],
    ["a fragment that is not there", "{ ...F }", /Unknown fragment/],
  ])("with %s is told so", async (_what, query, words) => {
    expectRefusal(await server.query(query), 400, words);
  });
});

describe("with the default limits", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(withLimits({}));
  });
  afterAll(() => server.stop());

  test("introspection is answered, with all that graphql-js can ask", async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const { status, body } = await server.query(query);
    expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
  });

  test("a document of 2000 tokens is answered, and one of 2001 refused with status 400", async () => {
    const query = (rest: string): string => `{ node { ${"... { hello } ".repeat(498)} ${rest} } }`;
    expect((await server.query(query("hello hello hello"))).status).toBe(200);
    const answer = await server.query(query("hello hello hello hello"));
    expectRefusal(answer, 400, /^The document has more than 2000 tokens\. Send several\.$/);
    expect(answer.body.errors[0].extensions.code).toBe("GRAPHQL_PARSE_FAILED");
  });

  test("thousands of nested selections are refused, and their number told if the tokens are no limit", async () => {
    expectRefusal(await server.query(nest(2400)), 400, /more than 2000 tokens/);
    const unlimited = await start({ LIMIT_TOKENS: "1000000" });
    expectRefusal(await unlimited.query(nest(1000)), 400, /has 1000 levels of fields; the limit is 20/);
    expectRefusal(await unlimited.query(nest(8000)), 400, /nested too deep to be read/);
  });

  test("a list of operations is refused with status 400, whatever is in it", async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ query: "{ hello }" }]),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/batching/i);
  });

  const long = "x".repeat(60_000);
  test.each<[string, string, Record<string, unknown>?]>([
    ["a name", `{ ${long} }`],
    ["a value", `{ hello(box: "${long}") }`],
    ["a syntax error", `{ hello( ${long} ) }`],
    ["a variable", "query($box: Box) { hello(box: $box) }", { box: long }],
    [
      "fields that a variable has too many of",
      "query($box: Box) { hello(box: $box) }",
      {
        box: Object.fromEntries(
          list(5000, (index) => `f${index}`)
            .split(" ")
            .map((name) => [name, 1]),
        ),
      },
    ],
    ["fields that are not there", `{ node { ${list(1900, (index) => `nothing${index}`)} } }`],
    ["a field in two thousand places", `{ node { ${"hello ".repeat(1990)} } }`],
    ["fields in conflict", `{ node { ${list(600, (index) => (index % 2 ? "hello: node" : "hello"))} } }`],
  ])("mistakes with %s are told in a few of them, and in few words", async (_what, query, variables = {}) => {
    const answer = await server.query(query, { variables });
    expectRefusal(answer, 400);
    expect(answer.body.errors.length).toBeLessThanOrEqual(21);
    expect(answer.text.length).toBeLessThan(40_000);
  });
});
