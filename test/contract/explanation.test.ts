import fc from "fast-check";
import { type DocumentNode, getOperationAST, parse, visit } from "graphql";
import { describe, expect, test } from "vitest";
import type { Authentication } from "../../src/authentication/principal.ts";
import { assumeEveryBranch, assumeSelected, assumeVariables } from "../../src/contract/assumed-variables.ts";
import { type Explanation, explainOperation } from "../../src/contract/explanation.ts";
import { formatExplanation } from "../../src/contract/explanation-text.ts";
import { anonymous, authenticatedAs } from "../../src/testing.ts";
import { cases } from "../oracle/generation/case.ts";
import { buildProduct, run } from "../oracle/product.ts";
import { guard } from "./guarded-schema.ts";

const sdl = `
  type Query { me: User!, users(all: Boolean @requiresScope(scopes: "all"), filter: Filter): [User], node: Node, strict: [Strict!]!, only: Strict }
  type Mutation { open: Int, close: Int @requiresScope(scopes: "close") }
  interface Node { id: ID! }
  type User implements Node { id: ID!, name: String, email: String! @requiresScope(scopes: [["email", "profile"], ["admin"]]) }
  type Strict implements Node { id: ID! @auth }
  input Filter { deleted: Boolean @requiresScope(scopes: "deleted"), not: Filter, also: [Filter!] }`;

function explain(text: string, caller: Authentication, variables?: Record<string, unknown>): Explanation {
  const schema = guard(sdl);
  const document = variables === undefined ? assumeSelected(parse(text)) : parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error("No operation");
  const given = variables ?? assumeVariables(schema, operation);
  return explainOperation({ schema, document, operation, variables: given, caller });
}

function read(text: string, caller: Authentication, variables?: Record<string, unknown>): readonly string[] {
  return explain(text, caller, variables).fields.map(
    ({ path, coordinate, answer }) =>
      `${path} ${coordinate} ${answer.kind}${"because" in answer ? ` ${answer.because}` : ""}`,
  );
}

const member = authenticatedAs({ scopes: ["profile"] });

describe("an operation is explained", () => {
  test("with the guarded arguments and input fields that it provides", () => {
    const text = `query ($filter: Filter, $all: Boolean, $no: Boolean!) {
      users(all: $all, filter: $filter) { email @skip(if: $no) } }`;
    const ask = (variables?: Record<string, unknown>): unknown =>
      explain(text, anonymous(), variables).fields.map(({ demands }) => demands.map(({ coordinate }) => coordinate));
    expect(ask()).toEqual([["Query.users(all:)", "Filter.deleted"], ["User.email"]]);
    expect(ask({ no: true })).toEqual([[]]);
    expect(ask({ no: true, filter: { also: [{ deleted: null }] } })).toEqual([["Filter.deleted"]]);
    expect(() => ask({ filter: 1 })).toThrow('Variable "$no" of required type "Boolean!" was not provided.');
  });

  test("with what is lost to a refused field that must not be null", () => {
    expect(read("{ users { name email } }", member)).toEqual([
      "users Query.users data",
      "users.name User.name lost users.email",
      "users.email User.email refused",
    ]);
    expect(read("{ me { name, mail: email } node { id } }", member)).toEqual([
      "me Query.me lost me.mail",
      "me.name User.name lost me.mail",
      "me.mail User.email refused",
      "node Query.node lost me.mail",
      "node.id User.id lost me.mail",
      "node.id Strict.id lost me.mail",
    ]);
  });

  test("for each type that an object may have", () => {
    expect(read("{ node { __typename id ... on User { email } } __schema { description } }", anonymous())).toEqual([
      "node Query.node lost node.email",
      "node.id User.id lost node.email",
      "node.email User.email refused",
      "node.id Strict.id refused",
    ]);
    expect(read("{ node { id } }", anonymous())).toEqual([
      "node Query.node perhaps node.id",
      "node.id User.id data",
      "node.id Strict.id refused",
    ]);
  });

  test("with input types that contain each other, however many", () => {
    const names = Array.from({ length: 60 }, (_, index) => `F${index}`);
    const fields = names.map((name) => `${name.toLowerCase()}: ${name}`).join(" ");
    const types = names.map((name) => `input ${name} { v: Int @auth, must: [${name}!]!, ${fields} }`).join("\n");
    const schema = guard(`type Query { a(f: F0): Int } ${types}`);
    const document = parse("query ($f: F0) { a(f: $f) }");
    const operation = getOperationAST(document);
    if (!operation) throw new Error("No operation");
    const variables = assumeVariables(schema, operation);
    const { fields: explained } = explainOperation({ schema, document, operation, variables, caller: anonymous() });
    expect(explained[0]?.demands).toHaveLength(60);
  });

  test("with every branch of a variable that may have one only", () => {
    const given = guard(`
      type Query { find(by: By!): String }
      input By @oneOf { id: ID, secret: String @requiresScope(scopes: "admin"), deep: Deep }
      input Deep @oneOf { open: Int, hidden: Int @requiresScope(scopes: "deep") }`);
    const schema = assumeEveryBranch(given);
    const document = parse("query ($by: By!) { find(by: $by) }");
    const operation = getOperationAST(document);
    if (!operation) throw new Error("No operation");
    const ask = (variables: Record<string, unknown>, assumed = given): Explanation =>
      explainOperation({ schema: assumed, document, operation, variables, caller: anonymous() });
    const { fields, refusal } = ask(assumeVariables(schema, operation), schema);
    expect(fields[0]?.demands.map(({ coordinate }) => coordinate)).toEqual(["By.secret", "Deep.hidden"]);
    expect(refusal?.reason).toBe("authorization_header_missing");
    expect(ask({ by: { id: "1" } }).refusal).toBeUndefined();
    expect(() => ask({ by: { id: "1", secret: "2" } })).toThrow("Exactly one key must be specified");
    const plain = guard(sdl);
    expect(assumeEveryBranch(plain)).toBe(plain);
  });

  test("however deep it is below an interface of many types", () => {
    const types = Array.from({ length: 25 }, (_, at) => `type T${at} implements N { id: ID @auth, parent: N }`);
    const schema = guard(`type Query { n: N } interface N { id: ID, parent: N } ${types.join(" ")}`);
    const document = parse(`{ n { ${"parent { ".repeat(12)} id ${"}".repeat(12)} } }`);
    const operation = getOperationAST(document);
    if (!operation) throw new Error("No operation");
    const { fields } = explainOperation({ schema, document, operation, variables: {}, caller: anonymous() });
    expect(fields).toHaveLength(1 + 25 * 13);
  });

  test("with nothing refused below what is refused", () => {
    expect(read("{ users(all: true) { email } me { name } }", anonymous())).toEqual([
      "users Query.users refused",
      "users.email User.email lost users",
      "me Query.me data",
      "me.name User.name data",
    ]);
  });

  test("as refused where the plugin refuses it before it is executed", () => {
    const { refusal, fields } = explain("mutation { open close }", member);
    expect(refusal?.reason).toBe("insufficient_scope");
    expect(fields.map(({ answer }) => answer)).toEqual([
      { kind: "lost", because: "close" },
      { kind: "refused", refusal },
    ]);
    expect(explain("mutation { open }", member).refusal).toBeUndefined();
  });

  test("in columns, with everything that it needs together", () => {
    const text = "{ people: users(all: true) { name } strict { id } }";
    expect(formatExplanation(explain(text, member), true, "text")).toBe(`\
field        coordinate         requires                this caller gets
people       Query.users        public                  refused: insufficient_scope
             Query.users(all:)  all
people.name  User.name          public                  nothing, as people is refused
strict       Query.strict       public                  data
strict.id    Strict.id          any valid access token  data

For all of it: all.

This caller gets a part of it: status 200, with 1 of 4 fields refused.
`);
    // It may be an empty list, in which nothing is refused.
    expect(formatExplanation(explain("{ strict { id } }", anonymous()), true, "text")).toContain(
      "This caller gets at most a part of it: status 200, with 1 of 2 fields refused.",
    );
    expect(formatExplanation(explain("{ only { id } }", anonymous()), true, "text")).toContain(
      "This caller gets nothing of it: status 200, with 1 of 2 fields refused.",
    );
    expect(formatExplanation(explain("mutation { close }", anonymous()), true, "text")).toContain(
      "This caller is refused: status 401, UNAUTHENTICATED, and nothing is executed.",
    );
    expect(formatExplanation(explain("{ me { email } }", member), false, "markdown")).toBe(`\
| field | coordinate | requires |
| --- | --- | --- |
| \`me\` | \`Query.me\` | \`public\` |
| \`me.email\` | \`User.email\` | \`email and profile, or admin\` |

For all of it: email and profile, or admin.
`);
  });
});

describe("what an operation needs together", () => {
  /** Fields that each have so many alternatives. */
  function formatNeeds(fieldCount: number, alternatives: number): string {
    const fields = Array.from({ length: fieldCount }, (_, at) => {
      const scopes = Array.from({ length: alternatives }, (_scope, index) => [`f${at}.${index}`]);
      return `f${at}: Int @requiresScope(scopes: ${JSON.stringify(scopes)})`;
    });
    const schema = guard(`type Query { ${fields.join(" ")} }`);
    const document = parse(`{ ${fields.map((_, at) => `f${at}`).join(" ")} }`);
    const operation = getOperationAST(document);
    if (!operation) throw new Error("No operation");
    const explanation = explainOperation({ schema, document, operation, variables: {}, caller: anonymous() });
    return formatExplanation(explanation, false, "text").split("For all of it: ")[1] ?? "";
  }

  test("lists every alternative", () => {
    const needs = formatNeeds(2, 9).split(", or ");
    expect(needs).toHaveLength(81);
    expect(needs.at(-1)).toBe("f0.8 and f1.8.\n");
  });

  test("says so when there are too many", () => {
    expect(formatNeeds(4, 10)).toMatch(/, or others, which are too many to list\.\n$/);
  });
});

test("what is executed is as it was explained", async () => {
  let [values, refusals] = [0, 0];
  const property = fc.asyncProperty(cases, async ({ sdl: generated, dataset, documents }) => {
    const schema = buildProduct(generated, dataset);
    for (const execution of documents.flatMap(({ executions }) => executions)) {
      const { document, operationName, variables, caller } = execution;
      const operation = getOperationAST(document, operationName);
      if (!operation || (caller.kind !== "anonymous" && caller.kind !== "authenticated")) continue;
      const authentication = caller.kind === "anonymous" ? anonymous() : authenticatedAs({ scopes: caller.scopes });
      let explanation: Explanation;
      try {
        explanation = explainOperation({
          schema,
          document,
          operation,
          variables: variables ?? {},
          caller: authentication,
        });
      } catch {
        continue;
      }
      // A mutation that the plugin refuses is not executed, and here there is no plugin.
      if (explanation.refusal !== undefined) continue;
      const kinds = new Set(explanation.fields.map(({ path, answer }) => `${path} ${answer.kind}`));
      const { data, errors } = await run(schema, execution);
      const metaKeys = listMetaKeys(document);
      const isMeta = (path: string): boolean => path.split(".").some((key) => metaKeys.has(key));
      for (const path of listPaths(data, "").filter((one) => !isMeta(one))) {
        values += 1;
        expect(kinds.has(`${path} data`) || kinds.has(`${path} perhaps`), path).toBe(true);
      }
      for (const { path, code } of errors.filter((error) => error.code !== undefined)) {
        if (code === "INTERNAL_SERVER_ERROR") continue;
        refusals += 1;
        expect([...kinds]).toContain(`${path.filter((key) => typeof key === "string").join(".")} refused`);
      }
    }
  });
  await fc.assert(property, { numRuns: 60, endOnFailure: true });
  expect([values > 100, refusals > 100]).toEqual([true, true]);
});

/** The keys in a response of what is not explained: introspection. */
function listMetaKeys(document: DocumentNode): ReadonlySet<string> {
  const keys = new Set<string>();
  visit(document, {
    Field: ({ name, alias }) => {
      if (name.value.startsWith("__")) keys.add((alias ?? name).value);
    },
  });
  return keys;
}

/** The paths of all fields of a response that are not null. */
function listPaths(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => listPaths(item, path));
  if (!(value instanceof Map)) return [];
  return [...value].flatMap(([key, inner]) => {
    const below = path === "" ? key : `${path}.${key}`;
    if (inner === null) return [];
    return [below, ...listPaths(inner, below)];
  });
}
