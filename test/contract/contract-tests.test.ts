import { makeExecutableSchema } from "@graphql-tools/schema";
import { MapperKind, mapSchema } from "@graphql-tools/utils";
import fc from "fast-check";
import { buildSchema, GraphQLScalarType, type GraphQLSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { type AuthDirectivesOptions, assertGuarded, authDirectives } from "../../src/authorization/guard.ts";
import { createSchema } from "../../src/server/schema.ts";
import { contractTests } from "../../src/testing.ts";
import { cases } from "../oracle/generation/case.ts";
import { buildProduct } from "../oracle/product.ts";
import { guard } from "./guarded-schema.ts";

const rich = `
  scalar Picky
  enum Color { RED }
  schema { query: Root, mutation: Change, subscription: Feed }
  type Root {
    open: Int, own: Int! @requiresScope(scopes: [["a", "b"], ["c"]]), token: [Color!]! @auth
    node(id: ID!): Node, found(filter: Filter, limit: Int = 5, raw: Boolean @auth): [[Found!]], deep(in: Deep!): Int
    must(key: Picky! @requiresScope(scopes: "key")): Picky
  }
  interface Node { id: ID! @requiresScope(scopes: "node"), peers(of: [Filter!] @requiresScope(scopes: "peers")): [Node!]! }
  interface Named @auth { name: String }
  type User implements Node & Named @requiresScope(scopes: "user") { id: ID!, name: String, peers(of: [Filter!]): [Node!]!, secret: Secret }
  type Group implements Node { id: ID!, peers(of: [Filter!]): [Node!]!, members: [User!] @requiresScope(scopes: [["members"], ["admin"]]) }
  type Secret { key: Picky @requiresScope(scopes: [["k1", "k2", "k3"]]) }
  union Found @auth = User | Group
  input Filter { deleted: Boolean @requiresScope(scopes: "deleted"), not: Filter @auth, all: [Filter!], color: Color }
  input Deep { must: [Deep!]!, filter: Filter, one: One }
  input One @oneOf { a: Int, b: Boolean @requiresScope(scopes: "one") }
  type Change { open(color: Color!): Int, close: Group @requiresScope(scopes: "close") }
  type Feed @auth { news(of: Filter): News, ticks: Int! @requiresScope(scopes: "ticks") }
  type News { text: String @requiresScope(scopes: "text") }`;

/** Resolvers and types of one's own, none of which may be called. */
function guardRich(options?: AuthDirectivesOptions): GraphQLSchema {
  const never = (): never => {
    throw new Error("A resolver of the schema was called.");
  };
  const { typeDefs, transformer } = authDirectives(options);
  const Picky = new GraphQLScalarType({ name: "Picky", parseValue: never, serialize: never });
  const resolvers = {
    Picky,
    Root: { own: never, open: never },
    Node: { __resolveType: never },
    User: { __isTypeOf: never },
    Feed: { ticks: { subscribe: never, resolve: never } },
  };
  return transformer(makeExecutableSchema({ typeDefs: [typeDefs, rich], resolvers }));
}

describe("this API keeps its contract", () => {
  contractTests(createSchema());
});

describe("a schema with everything keeps its contract", () => {
  contractTests(guardRich());
});

describe("a schema that filters its introspection keeps its contract", () => {
  contractTests(guardRich({ introspection: "permitted" }));
});

/** Runs the tests of a schema; the names of all, and what the failing ones say. */
async function runTests(schema: GraphQLSchema): Promise<{ names: readonly string[]; problems: readonly string[] }> {
  const registered: [string, () => Promise<void>][] = [];
  contractTests(schema, { test: (name, run) => registered.push([name, run]) });
  const results = await Promise.allSettled(registered.map(([, run]) => run()));
  return {
    names: registered.map(([name]) => name),
    problems: results.flatMap((result) => (result.status === "rejected" ? String(result.reason) : [])),
  };
}

describe("the tests of a contract", () => {
  test("are of each coordinate and each caller that could tell", async () => {
    const sdl = 'type Query { a(x: Int @auth): Int @requiresScope(scopes: [["s", "t"], ["u"]]), b: Int }';
    expect((await runTests(guard(sdl))).names).toEqual([
      "Query.a: refused to a caller without a token",
      "Query.a: refused to a caller with a token and no scopes",
      "Query.a: granted to a caller with s and t",
      "Query.a: granted to a caller with u",
      "Query.a: refused to a caller with t",
      "Query.a: refused to a caller with s",
      "Query.a(x:): refused to a caller without a token",
      "Query.a(x:): refused to a caller with a token and no scopes",
      "Query.a(x:): granted to a caller with s and t",
      "Query.a(x:): granted to a caller with u",
      "Query.a(x:): refused to a caller with t",
      "Query.a(x:): refused to a caller with s",
      "Query.b: granted to a caller without a token",
      "Query.b: granted to a caller with a token and no scopes",
    ]);
  });

  test("reach every field, guarded argument and guarded input field that an operation can", async () => {
    const { names, problems } = await runTests(guardRich());
    expect(problems).toEqual([]);
    expect([...new Set(names.map((name) => name.slice(0, name.indexOf(": "))))]).toEqual([
      "Change.close",
      "Change.open",
      "Feed.news",
      "Feed.ticks",
      "Filter.deleted",
      "Filter.not",
      "Group.id",
      "Group.members",
      "Group.peers",
      "Group.peers(of:)",
      "News.text",
      "One.b",
      "Root.deep",
      "Root.found",
      "Root.found(raw:)",
      "Root.must",
      "Root.must(key:)",
      "Root.node",
      "Root.open",
      "Root.own",
      "Root.token",
      "Secret.key",
      "User.id",
      "User.name",
      "User.peers",
      "User.peers(of:)",
      "User.secret",
    ]);
    expect(names).toContain("Filter.deleted: refused to a caller with a token and no scopes");
    expect(names).toContain("Secret.key: refused to a caller with k1 and k3");
  });

  test("pass on whatever schema there is", async () => {
    let count = 0;
    const property = fc.asyncProperty(cases, async ({ sdl }) => {
      const schema = buildProduct(sdl);
      if (assertGuarded(schema).policy.requirements.size === 0) return;
      const { names, problems } = await runTests(schema);
      expect(problems).toEqual([]);
      count += names.length;
    });
    await fc.assert(property, { numRuns: 40, endOnFailure: true });
    expect(count).toBeGreaterThan(1_000);
  });

  test("fail where a guard decides otherwise than the contract says", async () => {
    const schema = guard('type Query { a: Int @requiresScope(scopes: "s"), b: Int @auth, c: Int }');
    const fields = schema.getQueryType()?.getFields();
    const [a, b, c] = [fields?.["a"], fields?.["b"], fields?.["c"]];
    if (!a?.resolve || !b?.resolve || !c) throw new Error("No guards");
    // Every guard is there, and each in the wrong place.
    [a.resolve, b.resolve, c.resolve] = [b.resolve, a.resolve, b.resolve];
    expect((await runTests(schema)).problems).toEqual([
      "Error: Query.a: it must be refused, and was granted.",
      "Error: Query.b: it must be granted, and was refused.",
      "Error: Query.c: it must be granted, and was refused.",
    ]);
  });

  test("are refused for a schema without rules, without guards, or that only reports", () => {
    const sdl = "type Query { a: Int @auth }";
    expect(() => contractTests(guard("type Query { a: Int }"))).toThrow("The schema has no rules");
    expect(() => contractTests(buildSchema("type Query { a: Int }"))).toThrow("is not guarded");
    expect(() => contractTests(guard(sdl, { mode: "report" }))).toThrow("nothing is refused");
    const open = mapSchema(guard(sdl), { [MapperKind.OBJECT_FIELD]: (field) => ({ ...field, resolve: () => 1 }) });
    expect(() => contractTests(open)).toThrow("Query.a: its guard is missing");
  });
});
