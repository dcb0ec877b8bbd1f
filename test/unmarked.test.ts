import { makeExecutableSchema } from "@graphql-tools/schema";
import { type GraphQLSchema, graphql } from "graphql";
import { describe, expect, test } from "vitest";
import type { Unmarked } from "../src/authorization/directives.ts";
import { assertGuarded, authDirectives } from "../src/authorization/guard.ts";
import { PolicyError } from "../src/authorization/policy.ts";
import { type ContractEntry, toContract } from "../src/contract/contract.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";

function guard(unmarked: Unmarked, sdl: string): GraphQLSchema {
  const { typeDefs, transformer } = authDirectives({ unmarked });
  return transformer(makeExecutableSchema({ typeDefs: [typeDefs, sdl] }));
}

function readContract(unmarked: Unmarked, text: string): readonly ContractEntry[] {
  return toContract(assertGuarded(guard(unmarked, text)).policy);
}

function readProblems(unmarked: Unmarked, sdl: string): readonly string[] {
  try {
    guard(unmarked, sdl);
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

const sdl = `
  schema { query: Root, subscription: Feed }
  type Root { open: Int @public, bare: Int, own: Int @requiresScope(scopes: "own"), item: Item, items: [Item!] @public, found(x: Int @auth): Int }
  type Feed @public { news: Int, mine: Int @auth }
  type Item { id: ID }
  type Mutation @auth { a: Int }
  extend schema { mutation: Mutation }`;

describe("a root field without a rule", () => {
  test("is public by default", () => {
    const contract = readContract("public", sdl.replaceAll("@public", ""));
    const open = contract.filter(({ access }) => access === "public").map(({ coordinate }) => coordinate);
    expect(open).toEqual(["Feed.news", "Item.id", "Root.bare", "Root.found", "Root.item", "Root.items", "Root.open"]);
  });

  test("with 'authenticated' asks for a token, unless it or its type is marked @public", async () => {
    const schema = guard("authenticated", sdl);
    const access = Object.fromEntries(
      readContract("authenticated", sdl).map((entry) => [entry.coordinate, entry.access]),
    );
    expect(access).toEqual({
      "Feed.mine": "authenticated",
      "Feed.news": "public",
      "Item.id": "public",
      "Mutation.a": "authenticated",
      "Root.bare": "authenticated",
      "Root.found": "authenticated",
      "Root.found(x:)": "authenticated",
      "Root.item": "authenticated",
      "Root.items": "public",
      "Root.open": "public",
      "Root.own": "scopes",
    });
    const ask = (authentication: unknown): ReturnType<typeof graphql> =>
      graphql({ schema, source: "{ open bare }", rootValue: { open: 1, bare: 2 }, contextValue: { authentication } });
    expect(await ask(anonymous())).toMatchObject({ data: { open: 1, bare: null }, errors: [{ path: ["bare"] }] });
    expect(await ask(authenticatedAs())).toEqual({ data: { open: 1, bare: 2 } });
  });

  test("with 'refuse' refuses the schema, which names every one", () => {
    expect(readProblems("refuse", sdl)).toEqual(
      ["Root.bare", "Root.item", "Root.found"].map(
        (coordinate) => `${coordinate}: it has no rule; mark it @auth, @requiresScope or @public`,
      ),
    );
    expect(readProblems("refuse", "type Query { a: T } type T @auth { b: Int }")).toEqual([]);
  });
});

describe("@public is refused", () => {
  test.each([
    [
      "beside a rule on a field",
      "type Query { a: Int @public @auth }",
      "Query.a: @public contradicts the rule beside it",
    ],
    ["beside a rule on a type", "type Query @public @auth { a: Int }", "Query: @public contradicts the rule beside it"],
    [
      "on a field that its type guards",
      "type Query @auth { a: Int @public }",
      "Query.a: @public cannot hold, since a rule of its type, of an interface or of what it returns guards it",
    ],
    [
      "on a field that an interface guards, also below the root",
      "type Query { t: T @public } interface N { a: Int @auth } type T implements N { a: Int @public }",
      "T.a: @public cannot hold",
    ],
    [
      "on the field of an interface, where it means nothing",
      "type Query { t: T @public } interface N { a: Int @public } type T implements N { a: Int }",
      "N.a: @public means nothing on an interface's field; write it on the fields of object types",
    ],
  ])("%s", (_, text, problem) => {
    for (const unmarked of ["authenticated", "refuse"] as const) {
      expect(readProblems(unmarked, text)).toEqual([expect.stringContaining(problem)]);
    }
  });

  test("where another definition gives it another meaning, and is a directive of the schema's own by default", () => {
    const other = "directive @public on SCALAR | FIELD_DEFINITION type Query { a: Int @public @auth }";
    const { transformer } = authDirectives({ unmarked: "refuse" });
    const own = makeExecutableSchema({ typeDefs: [authDirectives().typeDefs, other] });
    expect(() => transformer(own)).toThrow("@public: it is not defined as it must be");
    expect(readProblems("public", other)).toEqual([]);
    expect(() => guard("public", "type Query { a: Int @public }")).toThrow('Unknown directive "@public"');
  });
});

test.each([
  [{ unmarked: "private" }, "unmarked must be public, authenticated or refuse"],
  [{ mode: "audit" }, "mode must be enforce or report"],
  [{ onRefusal: "log" }, "onRefusal must be a function"],
  [{ unmarkd: "refuse", constructor: 1 }, "unmarkd is not an option; constructor is not an option."],
  [["refuse"], "authDirectives: must be an object."],
  [null, "authDirectives: must be an object."],
])("authDirectives refuses options that it does not know: %j", (options, named) => {
  expect(() => authDirectives(options as never)).toThrow(TypeError);
  expect(() => authDirectives(options as never)).toThrow(named);
});
