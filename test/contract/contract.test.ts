import { makeExecutableSchema } from "@graphql-tools/schema";
import { buildSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { assertGuarded, authDirectives } from "../../src/authorization/guard.ts";
import { type ContractEntry, toContract } from "../../src/contract/contract.ts";
import { formatContract, parseContract, toJson } from "../../src/contract/contract-text.ts";

function read(sdl: string, unmarked: "public" | "authenticated" = "public"): readonly ContractEntry[] {
  const { typeDefs, transformer } = authDirectives({ unmarked });
  return toContract(assertGuarded(transformer(makeExecutableSchema({ typeDefs: [typeDefs, sdl] }))).policy);
}

const sdl = `
  type Query { open(in: In, page: Int): Int, one(all: Boolean @auth): [T!] }
  type T @requiresScope(scopes: [["x", "y"], ["z"]]) { a: Int }
  input In { deleted: Boolean @requiresScope(scopes: "d"), name: String }`;

describe("the contract", () => {
  test("names every field, and the arguments and input fields that ask for something, with the rules that say so", () => {
    const scopes = [["x", "y"], ["z"]];
    const ofT = [{ coordinate: "T", access: "scopes", scopes }];
    expect(read(sdl)).toEqual([
      {
        coordinate: "In.deleted",
        access: "scopes",
        scopes: [["d"]],
        from: [{ coordinate: "In.deleted", access: "scopes", scopes: [["d"]] }],
      },
      { coordinate: "Query.one", access: "scopes", scopes, from: ofT },
      {
        coordinate: "Query.one(all:)",
        access: "authenticated",
        from: [{ coordinate: "Query.one(all:)", access: "authenticated" }],
      },
      { coordinate: "Query.open", access: "public" },
      { coordinate: "T.a", access: "scopes", scopes, from: ofT },
    ]);
  });

  test("says where each rule is written: on the field, its type, interfaces, what it returns, or an option", () => {
    const inherited = `
      type Query { t: T, bare: Int, again: Query }
      interface Node @requiresScope(scopes: "node") { id(raw: Boolean @auth): ID @auth }
      interface Named implements Node { id(raw: Boolean): ID @requiresScope(scopes: "named") }
      type T implements Node & Named @auth { id(raw: Boolean): ID @requiresScope(scopes: "own"), t: T }`;
    const origins = read(inherited, "authenticated").map(({ coordinate, from = [] }) => [
      coordinate,
      from.map((rule) => [rule.coordinate, ...(rule.scopes ?? [])].join(" ")),
    ]);
    expect(Object.fromEntries(origins)).toEqual({
      "Query.again": ["(unmarked)"],
      "Query.bare": ["(unmarked)"],
      "Query.t": ["T"],
      "T.id": ["T.id own", "T", "Node.id", "Node node", "Named.id named"],
      "T.id(raw:)": ["Node.id(raw:)"],
      "T.t": ["T"],
    });
  });

  test("is a line for each in text, and a row in Markdown", () => {
    expect(formatContract(read(sdl), "text")).toBe(
      [
        "In.deleted       d",
        "Query.one        x and y, or z           from T",
        "Query.one(all:)  any valid access token",
        "Query.open       public",
        "T.a              x and y, or z           from T",
        "",
      ].join("\n"),
    );
    const two = 'type Query @auth { a: Int @requiresScope(scopes: "a|`b") }';
    expect(formatContract(read(two), "text")).toBe(
      "Query.a  a|`b  from Query.a (a|`b), Query (any valid access token)\n",
    );
    expect(formatContract(read(two), "markdown")).toBe(
      [
        "| coordinate | requires | from |",
        "| --- | --- | --- |",
        "| `Query.a` | `` a\\|`b `` | `` from Query.a (a\\|`b), Query (any valid access token) `` |",
        "",
      ].join("\n"),
    );
    expect(formatContract([], "text")).toBe("");
  });

  test("is read from JSON as it was written, also in the form that does not say where rules are", () => {
    const contract = read(sdl);
    expect(parseContract(toJson(contract))).toEqual(contract);
    const short = contract.map(({ from: _, ...entry }) => entry);
    expect(parseContract(toJson(short))).toEqual(short);
    for (const other of ["", "{}", '[{"coordinate":"Query.a"}]', '[{"coordinate":"Query.a","access":"scopes"}]']) {
      expect(parseContract(other)).toBeUndefined();
    }
  });
});

test("a schema that is not guarded has no contract", () => {
  expect(() => assertGuarded(buildSchema("type Query { a: Int }"))).toThrow("is not guarded");
});
