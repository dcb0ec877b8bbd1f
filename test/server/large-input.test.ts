import { GraphQLScalarType } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { type Answer, readAnswer, startServer, type TestServer } from "../support/server.ts";
import { expectRefusal } from "./expect-refusal.ts";

const typeDefs = `
  scalar Picky
  input Node { next: Node }
  type Query { hello(node: Node, picky: [Picky]): String }
`;

/** How often the scalar was asked about a value; it takes none. */
let pickyCalls = 0;

const resolvers = {
  Query: { hello: () => "hello" },
  Picky: new GraphQLScalarType({
    name: "Picky",
    parseValue: () => {
      pickyCalls += 1;
      throw new TypeError("Not that one.");
    },
  }),
};

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  // What is too long for the parser is to reach it.
  const env = { LIMIT_TOKENS: "1000000" };
  server = await startServer({ issuer: provider.issuer, typeDefs, resolvers, env });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

const depth = 10_000;
const nestedNode = `${'{"next":'.repeat(depth)}null${"}".repeat(depth)}`;

/** Sends a body as it is: JSON.stringify could not make all of these. */
async function send(body: string): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  return readAnswer(await fetch(`${server.url}/graphql`, { method: "POST", headers, body }));
}

test("deeply nested variables that no operation names are harmless", async () => {
  const { status, body } = await send(`{"query":"{ hello }","variables":{"node":${nestedNode}}}`);
  expect(status).toBe(200);
  expect(body).toEqual({ data: { hello: "hello" } });
});

describe("nested too deep", () => {
  test.each([
    ["a variable", `{"query":"query($node: Node) { hello(node: $node) }","variables":{"node":${nestedNode}}}`],
    ["a selection", `{"query":"${"{ hello".repeat(depth)}${"}".repeat(depth)}"}`],
    ["an argument", `{"query":"{ hello(picky: ${"[".repeat(depth)}${"]".repeat(depth)}) }"}`],
  ])("%s is refused with status 400, and the server goes on", async (_what, body) => {
    expectRefusal(await send(body), 400);
    expect((await server.query("{ hello }")).body).toEqual({ data: { hello: "hello" } });
  });
});

// graphql-js reports a mistake with the whole value around it. Without a limit the time is quadratic: 80 KiB, 30 s.
test("a variable with thousands of mistakes is given up after the first ones", async () => {
  const picky = Array.from({ length: 5000 }, (_, index) => index);
  const answer = await server.query("query($picky: [Picky]) { hello(picky: $picky) }", { variables: { picky } });
  expectRefusal(answer, 400);
  expect(pickyCalls).toBeGreaterThan(0);
  expect(pickyCalls).toBeLessThan(200);
});
