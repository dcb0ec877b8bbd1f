import { makeExecutableSchema } from "@graphql-tools/schema";
import { buildSchema } from "graphql";
import { expect, test } from "vitest";
import { formatContract, toContract } from "../src/authorization/contract.ts";
import { authDirectives } from "../src/authorization/guard.ts";

const auth = authDirectives();
const sdl = `
  type Query { open(in: In, page: Int): Int, one(all: Boolean @auth): [T!] }
  type T @requiresScope(scopes: [["x", "y"], ["z"]]) { a: Int }
  input In { deleted: Boolean @requiresScope(scopes: "d"), name: String }`;

test("the contract names every field, and the arguments and input fields that ask for something", () => {
  const contract = toContract(auth.transformer(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl] })));
  const scopes = [["x", "y"], ["z"]];
  expect(contract).toEqual([
    { coordinate: "In.deleted", access: "scopes", scopes: [["d"]] },
    { coordinate: "Query.one", access: "scopes", scopes },
    { coordinate: "Query.one(all:)", access: "authenticated" },
    { coordinate: "Query.open", access: "public" },
    { coordinate: "T.a", access: "scopes", scopes },
  ]);
  expect(formatContract(contract)).toBe(
    [
      "In.deleted       d",
      "Query.one        x and y, or z",
      "Query.one(all:)  any valid access token",
      "Query.open       public",
      "T.a              x and y, or z",
      "",
    ].join("\n"),
  );
  expect(formatContract([])).toBe("");
});

test("a schema that is not guarded has no contract", () => {
  expect(() => toContract(buildSchema("type Query { a: Int }"))).toThrow("it has no contract");
});
