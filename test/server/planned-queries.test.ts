import { expect, onTestFinished, test } from "vitest";
import { ask } from "../support/both-ways.ts";
import { startStage } from "../support/stage.ts";

// Which queries the server plans; that the answers are the same is prepared-answers.test.ts's matter.

const typeDefs = `
  interface Node { by: String }
  type Row implements Node { by: String, row: Row }
  type Query { by: String, row: Row, node: Node }
  type Mutation { by: String }`;

/** Who called the resolver, by its stack. */
const by = (): string => (/execution\/execute-plan\.ts/.test(new Error().stack ?? "") ? "plan" : "graphql-js");
const row = { __typename: "Row", by, row: () => row };
const resolvers = { Query: { by, row: () => row, node: () => row }, Mutation: { by } };

/** Who calls the resolvers of a query that comes again and again. */
async function askThrice(
  query: string,
  env: Readonly<Record<string, string>> = { LIMIT_ALIASES: "1000" },
): Promise<readonly unknown[]> {
  const stage = await startStage({ typeDefs, resolvers, env });
  onTestFinished(stage.stop);
  const names: unknown[] = [];
  for (const _again of [1, 2, 3]) {
    const { text } = await ask(stage.server, { body: { query } });
    names.push(/"by":"([^"]*)"/.exec(text)?.[1]);
  }
  return names;
}

const planned = ["graphql-js", "plan", "plan"];
const left = ["graphql-js", "graphql-js", "graphql-js"];

test.each([
  ["a query", "{ by }", planned],
  ["a mutation", "mutation { by }", left],
  ["a query of an interface", "{ node { by } }", left],
  ["a query with a directive", "{ by @skip(if: false) }", left],
  [
    "a query that is hardly larger than its text",
    "{ row { row { row { ...F } } } } fragment F on Row { by row { by } }",
    planned,
  ],
  [
    "a query that is much larger than its text",
    "{row{...F}} fragment F on Row{a:row{...G}b:row{...G}c:row{...G}} fragment G on Row{a:row{...H}b:row{...H}c:row{...H}} fragment H on Row{by a:by b:by c:by d:by e:by f:by g:by h:by i:by j:by k:by l:by m:by}",
    left,
  ],
])("%s is planned when it comes again, or left to graphql-js", async (_what, query, expected) => {
  expect(await askThrice(query)).toEqual(expected);
});

test("none is planned with PLANNED_QUERIES=off", async () => {
  expect(await askThrice("{ by }", { PLANNED_QUERIES: "off" })).toEqual(left);
});

test("the plans of a document have room in proportion to its text, all together", async () => {
  const stage = await startStage({ typeDefs, resolvers });
  onTestFinished(stage.stop);
  const fields = [..."abcdefghijklmnopq"].map((alias) => `${alias}: by`);
  const operations = [..."ABCDEFGH"].map((name) => `query ${name} { ...All }`);
  const query = `${operations.join(" ")} fragment All on Query { by ${fields.join(" ")} }`;
  const seen: string[] = [];
  for (const operationName of "AABCDEFGHB") {
    const { text } = await ask(stage.server, { body: { query, operationName } });
    seen.push(`${operationName} ${/"by":"([^"]*)"/.exec(text)?.[1]}`);
  }
  // 282 characters: room for 141 fields, and each has 18.
  expect(query).toHaveLength(282);
  expect(seen).toEqual(["A graphql-js", ...[..."ABCDEFG"].map((name) => `${name} plan`), "H graphql-js", "B plan"]);
});
