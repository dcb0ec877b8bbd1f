import { buildClientSchema, getIntrospectionQuery, printSchema, validateSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { halfHidden, namesHidden, ways } from "../support/half-hidden.ts";
import { type Answer, readAnswer } from "../support/server.ts";
import { type Stage, startStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  const resolvers = { Query: { self: () => ({}), open: () => ({}) }, Mutation: { log: () => ({}) } };
  stage = await startStage({ typeDefs: halfHidden, resolvers, directives: { introspection: "permitted" } });
});
afterAll(() => stage.stop());

const post = (query: string, token?: string): Promise<Answer> =>
  stage.server.query(query, token === undefined ? {} : { token });

async function get(query: string, token?: string): Promise<Answer> {
  const headers = { "apollo-require-preflight": "1", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return readAnswer(await fetch(`${stage.server.url}/graphql?query=${encodeURIComponent(query)}`, { headers }));
}

describe("over HTTP, introspection by", () => {
  test.each(ways)("%s names nothing that its caller may not use", async (_, query) => {
    for (const ask of query.startsWith("mutation") ? [post] : [post, get]) {
      const { status, text, body } = await ask(query);
      expect([status, body.errors]).toEqual([200, undefined]);
      expect(namesHidden(text)).toBe(false);
      const invalid = await ask(query, stage.sign({ exp: 1 }));
      expect([invalid.status, invalid.text]).toEqual([status, text]);
      if (query.includes("types { ")) expect(namesHidden((await ask(query, stage.sign())).text)).toBe(true);
    }
  });

  test("the whole query, as the IDE asks it, gives each caller a schema of their own, in any order", async () => {
    const query = getIntrospectionQuery({ schemaDescription: true, inputValueDeprecation: true });
    const tokens = [undefined, stage.sign(), stage.sign({ scope: "admin" }), stage.sign(), undefined];
    const texts: string[] = [];
    for (const answer of await Promise.all(tokens.flatMap((token) => [post(query, token), get(query, token)]))) {
      expect(answer.status).toBe(200);
      const schema = buildClientSchema(answer.body.data);
      expect(validateSchema(schema)).toEqual([]);
      texts.push(printSchema(schema));
    }
    const has = (name: string): boolean[] => texts.map((text) => text.includes(name));
    expect(has("hiddenField")).toEqual([false, false, true, true, true, true, true, true, false, false]);
    expect(has("hiddenAdmin")).toEqual([false, false, false, false, true, true, false, false, false, false]);
  });

  test("a list of requests is not answered", async () => {
    const response = await fetch(`${stage.server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ query: "{ __schema { types { name } } }" }]),
    });
    expect(response.status).toBe(400);
    expect(namesHidden(await response.text())).toBe(false);
  });
});

test("over HTTP, an error suggests what its caller may use, and what is hidden is refused as ever", async () => {
  expect((await post("{ hidenField { id } opn { text } }")).body.errors.map(({ message }: Error) => message)).toEqual([
    'Cannot query field "hidenField" on type "Query".',
    'Cannot query field "opn" on type "Query". Did you mean "open"?',
  ]);
  expect((await post("{ hidenField { id } }", stage.sign())).text).toContain("hiddenField");
  expect((await post("{ hiddenField { id } }")).status).toBe(401);
  expect((await post("{ hiddenAdmin { id } }", stage.sign())).status).toBe(403);
  expect((await post("{ hiddenAdmin { id } }", stage.sign({ scope: "admin" }))).body).toEqual({
    data: { hiddenAdmin: null },
  });
});
