import { composeServices } from "@apollo/composition";
import { ApolloServer } from "@apollo/server";
import { type FieldDefinitionNode, Kind, parse, valueFromASTUntyped } from "graphql";
import { describe, expect, test } from "vitest";
import { findGuarded } from "../../src/authorization/guard.ts";
import { authPlugin } from "../../src/authorization/plugin.ts";
import { createRequirement } from "../../src/authorization/requirement.ts";
import { type Access, toAccess, toContract } from "../../src/contract/contract.ts";
import { contractTests } from "../../src/testing.ts";
import { guardSubgraph, link, readSdl } from "./subgraph.ts";

/** What the fields of object types require in the words of Federation, by coordinate. */
function readRules(sdl: string): Record<string, Access> {
  const types = parse(sdl).definitions.flatMap((node) =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION ? node : [],
  );
  return Object.fromEntries(
    types.flatMap(({ name: { value: type }, fields = [] }) =>
      fields.map((field) => [`${type}.${field.name.value}`, readAccess(field)] as const),
    ),
  );
}

function readAccess({ directives = [] }: FieldDefinitionNode): Access {
  const find = (name: string) => directives.filter((node) => node.name.value === name);
  const [scopes, ...more] = find("requiresScopes");
  expect(more).toEqual([]);
  expect(find("authenticated").length).toBeLessThan(2);
  if (find("authenticated").length === 0) {
    // Alone it would say less than it means when composition compares rules.
    expect(scopes).toBeUndefined();
    return { access: "public" };
  }
  const value = scopes?.arguments?.[0]?.value;
  return toAccess(createRequirement(value === undefined ? [[]] : (valueFromASTUntyped(value) as string[][])));
}

/** A rule in every place that can have one, with what it leads to. */
const everywhere = `
  type Query {
    open: String
    me: User
    node: Node
    named: [Named!]!
    level(level: Level): Level
    date: Date
    any: [Any]
    both: Int @auth @requiresScope(scopes: [["a", "b"], ["c"]]) @requiresScope(scopes: "d")
    search(all: Boolean @auth, filter: Filter): Int
    odd: Int @requiresScope(scopes: "urn:zitadel:iam:org:project:roles#\`x\`/*'$")
  }
  type Mutation { rename(name: String!): User @auth }
  type Subscription { renamed: User }
  interface Node @key(fields: "id") @requiresScope(scopes: "node") { id: ID! }
  interface Named implements Node { id: ID! name: String @auth }
  type User implements Named & Node @key(fields: "id") @auth { id: ID! name: String email: String }
  extend type User @requiresScope(scopes: [["user"]]) { phone: String @requiresScope(scopes: [["p"], ["q"]]) }
  type Group implements Node @key(fields: "id") { id: ID! size: Int part: Part }
  type Stock @key(fields: "id") @auth { id: ID! weight: Int @external cost: Int @requires(fields: "weight") }
  type Part { stock: [[Stock]] }
  enum Level @auth { LOW HIGH }
  scalar Date
  extend scalar Date @requiresScope(scopes: "date")
  union Any = User | Group
  extend union Any @auth
  input Filter { deleted: Boolean @requiresScope(scopes: "filter") }`;

test("the SDL says of every field what the contract says, wherever its rules are written", async () => {
  const schema = guardSubgraph(everywhere);
  const policy = findGuarded(schema)?.policy ?? { requirements: new Map(), subjects: new Map(), references: new Map() };
  const fields = toContract(policy).filter(({ coordinate }) => policy.subjects.get(coordinate)?.kind === "field");
  const expected = Object.fromEntries(fields.map(({ coordinate, from, ...access }) => [coordinate, access] as const));
  expect(expected["Stock.weight"]).toEqual({ access: "authenticated" });
  // It is external, and composition takes rules from the subgraph only that has it.
  expect(readRules(await readSdl(schema))).toEqual({ ...expected, "Stock.weight": { access: "public" } });
  expect(new Set(fields.map(({ access }) => access))).toEqual(new Set(["public", "authenticated", "scopes"]));
});

describe("a subgraph keeps its contract", () => {
  contractTests(guardSubgraph(everywhere));
});

test("nothing of our own directives is in the SDL, also where an extension had nothing else", async () => {
  for (const unmarked of ["public", "authenticated"] as const) {
    const sdl = await readSdl(guardSubgraph(everywhere, {}, { unmarked }));
    expect(sdl).not.toMatch(/@auth\b|@requiresScope\b|@public\b/);
    expect(sdl).not.toMatch(/extend (scalar|union)/);
  }
});

test("the SDL composes, and a gateway requires of an interface's field what all objects behind it require", async () => {
  const sdl = await readSdl(guardSubgraph(everywhere));
  const other = `${link} type Query { weights: [Stock] } type Stock @key(fields: "id") { id: ID!, weight: Int }`;
  const services = { mine: sdl, other };
  const { errors, supergraphSdl = "" } = composeServices(
    Object.entries(services).map(([name, text]) => ({ name, typeDefs: parse(text), url: `http://${name}.test` })),
  );
  expect(errors).toBeUndefined();
  expect(supergraphSdl).toMatch(
    /interface Node[^}]*id: ID! @authenticated @requiresScopes\(scopes: \[\["node", "user"\]\]\)/,
  );
  const { "Query._service": service, "Query._entities": entities, ...rules } = readRules(sdl);
  expect([service, entities]).toEqual([{ access: "public" }, { access: "public" }]);
  expect(readRules(supergraphSdl)).toMatchObject({
    "User.phone": rules["User.phone"],
    "Query.both": rules["Query.both"],
  });
});

test("external fields, and those of external types, have no rule, by whatever name", async () => {
  const typeDefs = `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5",
      import: ["@key", "@requires", "@provides", { name: "@external", as: "@theirs" }])
    type Query { a: A, b: B @provides(fields: "d e") }
    type A @key(fields: "id") @auth { id: ID!, c: Int @theirs, f: Int @requires(fields: "c") }
    type B @auth @theirs @key(fields: "d") { d: Int }
    extend type B { e: Int }`;
  const rules = readRules(await readSdl(guardSubgraph(typeDefs)));
  const open = Object.keys(rules).filter((coordinate) => rules[coordinate]?.access === "public");
  expect(open).toEqual(["Query._entities", "Query._service", "A.c", "B.d", "B.e", "_Service.sdl"]);
});

describe("the link", () => {
  const withImport = (imported: string): string =>
    `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5"${imported}) type Query { a: Int @requiresScope(scopes: "a"), b: Int @auth }`;

  test.each([
    ["imports nothing", "", "@authenticated", "@requiresScopes"],
    [
      "imports them already",
      ', import: ["@requiresScopes", "@key", "@authenticated"]',
      "@authenticated",
      "@requiresScopes",
    ],
    [
      "imports one under another name",
      ', import: [{ name: "@authenticated", as: "@signedIn" }]',
      "@signedIn",
      "@requiresScopes",
    ],
  ])("that %s imports both directives once", async (_, imported, authenticated, requiresScopes) => {
    const sdl = await readSdl(guardSubgraph(withImport(imported)));
    expect(sdl).toContain(`a: Int ${authenticated} ${requiresScopes}(scopes: [["a"]])`);
    expect(sdl).toContain(`b: Int ${authenticated}\n`);
    expect(composeServices([{ name: "a", typeDefs: parse(sdl), url: "http://a.test" }]).errors).toBeUndefined();
  });

  test("of a subgraph without rules stays as it is, so that an older version will do", async () => {
    const older = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"]) type Query { a(b: Int @auth): Int }`;
    expect(await readSdl(guardSubgraph(older))).toContain('v2.0", import: ["@key"])');
  });

  test("must be to Federation 2.5 where there are rules: a gateway would refuse their directives", async () => {
    const older =
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.4", import: ["@key"]) type Query { a: Int @auth }';
    await expect(readSdl(guardSubgraph(older))).rejects.toThrow("v2.5");
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const server = new ApolloServer({ schema: guardSubgraph(older), plugins: [authPlugin()], logger });
    await expect(server.start()).rejects.toThrow(/rules cannot be enforced:\n.*v2\.5/);
  });

  test("must be to Federation 2: before, no rule can be said, and the SDL is refused", async () => {
    const first = 'type Query { a: Int @auth } type T @key(fields: "id") { id: ID } # no @link';
    await expect(readSdl(guardSubgraph(first))).rejects.toThrow("The subgraph has rules, and no @link");
  });
});

test("a rule that was written for gateways only holds beside ours", async () => {
  const sdl = await readSdl(
    guardSubgraph(`
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@authenticated", "@requiresScopes"])
      type Query {
        a: Int @auth @requiresScopes(scopes: [["edge"]]) @deprecated
        b: Int @requiresScope(scopes: [["b"], ["c"]]) @authenticated @requiresScopes(scopes: [["b"], ["edge"]])
        c: Int @authenticated
      }`),
  );
  expect(sdl).toContain('a: Int @deprecated @authenticated @requiresScopes(scopes: [["edge"]])');
  expect(sdl).toContain('b: Int @authenticated @requiresScopes(scopes: [["b"], ["c", "edge"]])');
  expect(sdl).toContain("c: Int @authenticated\n");
});
