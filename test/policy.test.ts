import { readFileSync } from "node:fs";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { buildSchema, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { describe, expect, test } from "vitest";
import { directiveTypeDefs } from "../src/authorization/directives.ts";
import { authDirectives } from "../src/authorization/guard.ts";
import { createPolicy, PolicyError } from "../src/authorization/policy.ts";
import { createSchema } from "../src/server/schema.ts";

const build = (sdl: string): GraphQLSchema => makeExecutableSchema({ typeDefs: [directiveTypeDefs, sdl] });

/** Every guarded coordinate with its alternatives. */
const read = (sdl: string): Record<string, unknown> =>
  Object.fromEntries([...createPolicy(build(sdl)).requirements].map(([key, { alternatives }]) => [key, alternatives]));

function readProblems(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

describe("a field requires", () => {
  test("its own rules, both directives together", () => {
    const sdl = `type Query { open: Int a: Int @auth b: Int @requiresScope(scopes: "s") c: Int @auth @requiresScope(scopes: [["s", "t"], ["u"]]) }`;
    expect(read(sdl)).toEqual({ "Query.a": [[]], "Query.b": [["s"]], "Query.c": [["s", "t"], ["u"]] });
  });

  test("the rules of the type that declares it, also of an extension", () => {
    expect(read(`type Query @auth { a: Int } extend type Query @requiresScope(scopes: ["s"]) { b: Int }`)).toEqual({
      "Query.a": [["s"]],
      "Query.b": [["s"]],
    });
  });

  test.each<[string, string[]]>([
    [
      "a type and its extension",
      [`type Query @requiresScope(scopes: "s") { a: Int } extend type Query @requiresScope(scopes: "t") { b: Int }`],
    ],
    [
      "a type in two files",
      [
        `type Query @requiresScope(scopes: [["s"]]) { a: Int b: Int }`,
        `type Query @requiresScope(scopes: [["t"]]) { a: Int b: Int }`,
      ],
    ],
    [
      "a field in two files",
      [
        `type Query { a: Int @requiresScope(scopes: "s") b: Int @requiresScope(scopes: "s") }`,
        `type Query { a: Int @requiresScope(scopes: "t") b: Int @requiresScope(scopes: "t") }`,
      ],
    ],
  ])("both rules of %s", (_, files) => {
    const schema = makeExecutableSchema({ typeDefs: [directiveTypeDefs, ...files] });
    expect([...createPolicy(schema).requirements]).toEqual([
      ["Query.a", { alternatives: [["s", "t"]] }],
      ["Query.b", { alternatives: [["s", "t"]] }],
    ]);
  });

  test("the rules of the type it returns, through lists and non-null", () => {
    const sdl = `
      type Query { list: [[T!]!]! u: U e: E s: [S] }
      type T @requiresScope(scopes: ["t"]) { x: Int }
      union U @requiresScope(scopes: ["u"]) = T
      enum E @auth { A }
      scalar S @requiresScope(scopes: ["s"])`;
    expect(read(sdl)).toEqual({
      "Query.list": [["t"]],
      "Query.u": [["u"]],
      "Query.e": [[]],
      "Query.s": [["s"]],
      "T.x": [["t"]],
    });
  });

  test("the rules of every interface that declares it, and of those interfaces, but not for further fields", () => {
    const sdl = `
      type Query { node: Node t: T }
      interface Node @requiresScope(scopes: ["node"]) { id: ID }
      interface Named implements Node { id: ID @requiresScope(scopes: ["id"]) name: String @auth }
      type T implements Node & Named { id: ID name: String more: Int }`;
    expect(read(sdl)).toEqual({ "Query.node": [["node"]], "T.id": [["node", "id"]], "T.name": [[]] });
  });

  test("nothing of the objects behind an interface that it returns", () => {
    const sdl = `type Query { node: Node } interface Node { id: ID } type T implements Node @auth { id: ID }`;
    expect(read(sdl)).toEqual({ "T.id": [[]] });
  });
});

describe("a schema is refused, with the coordinate and the mend,", () => {
  test("for every rule that could not hold, all at once", () => {
    const sdl = `
      type Query {
        flat: Int @requiresScope(scopes: ["a", "b"])
        mixed: Int @requiresScope(scopes: ["a", ["b"]])
        empty: Int @requiresScope(scopes: [])
        hollow: Int @requiresScope(scopes: [["a"], []])
        blank: Int @requiresScope(scopes: [" "])
        spaced: Int @requiresScope(scopes: ["a b"])
        partly: Int @requiresScope(scopes: [["a", "b c"]])
        quoted: Int @requiresScope(scopes: [["a"], ["\\"b"]])
      }`;
    const problems = readProblems(() => createPolicy(build(sdl)));
    expect(problems.map((problem) => problem.split(":")[0])).toEqual(
      ["flat", "mixed", "empty", "hollow", "blank", "spaced", "partly", "quoted"].map((name) => `Query.${name}`),
    );
    expect(problems[0]).toContain(`write [["a","b"]] to ask for all of them, or [["a"],["b"]] to ask for any`);
    expect(problems[2]).toContain("write @auth");
  });

  test("when the rules of a field come to more than 64 alternatives", () => {
    const any = (name: string, length: number): string =>
      JSON.stringify(Array.from({ length }, (_, index) => [`${name}${index}`]));
    const write = (length: number): string =>
      `type Query @requiresScope(scopes: ${any("q", 8)}) { a: Int @requiresScope(scopes: ${any("a", length)}) }`;
    expect(readProblems(() => createPolicy(build(write(9))))).toEqual([
      expect.stringMatching(/^Query\.a: .*more than 64/),
    ]);
    expect(createPolicy(build(write(8))).requirements.get("Query.a")?.alternatives).toHaveLength(64);
  });

  test("when it defines the directives otherwise, or not at all", () => {
    const other = `directive @auth on FIELD_DEFINITION directive @requiresScope(scopes: [String!]!) on FIELD_DEFINITION type Query { a: Int @auth }`;
    expect(readProblems(() => createPolicy(buildSchema(other)))).toHaveLength(2);
    expect(readProblems(() => createPolicy(buildSchema("type Query { a: Int }")))[0]).toContain(
      "add authDirectives().typeDefs",
    );
  });

  test("when it was guarded before", () => {
    const { transformer } = authDirectives();
    const guarded = transformer(build("type Query { a: Int @auth }"));
    expect(readProblems(() => transformer(guarded))).toEqual([
      expect.stringContaining("apply the transformer once, after merging"),
    ]);
  });

  test("when a schema made in code writes rules in a form that nobody reads, and not when in one of the two that are", () => {
    const rule: Record<string, unknown> = { directives: { auth: {} } };
    const make = (onField: Record<string, unknown>, onArgument: Record<string, unknown>): GraphQLSchema => {
      const arg = { type: GraphQLString, extensions: onArgument };
      const fields = { a: { type: GraphQLString, extensions: onField, args: { arg } } };
      const query = new GraphQLObjectType({ name: "Query", fields });
      return new GraphQLSchema({ query, directives: buildSchema(directiveTypeDefs).getDirectives() });
    };
    expect([...createPolicy(make(rule, {})).requirements.keys()]).toEqual(["Query.a"]);
    const listed = { directives: [{ name: "requiresScope", args: { scopes: "s" } }] };
    expect([...createPolicy(make(listed, {})).requirements.values()]).toEqual([{ alternatives: [["s"]] }]);
    expect([...createPolicy(make({ directives: [{ name: "deprecated" }] }, {})).requirements]).toEqual([]);
    const number = { directives: { requiresScope: { scopes: [["s", 1]] } } };
    expect(() => createPolicy(make(number, {}))).toThrow("Query.a: @requiresScope needs lists");
    for (const wrong of [[{ name: "auth" }, { nam: "auth" }], [null], "auth"]) {
      expect(() => createPolicy(make({ directives: wrong }, {}))).toThrow("Query.a: extensions.directives must be");
    }
    for (const form of ["auth", ["auth"], [null]]) {
      expect(readProblems(() => createPolicy(make({ directives: form }, {})))[0]).toMatch(/^Query\.a: .*must be/);
    }
    const bare = { directives: { requiresScope: null } };
    expect(readProblems(() => createPolicy(make(bare, {})))[0]).toMatch(/^Query\.a: @requiresScope needs scopes/);
    expect([...createPolicy(make({}, rule)).requirements.keys()]).toEqual(["Query.a(arg:)"]);
  });

  test("when SDL puts a directive where none can hold", () => {
    const sdl = "type Query { a(b: In): Int } input In @auth { c: Int }";
    expect(() => build(sdl)).toThrow('Directive "@auth" may not be used on INPUT_OBJECT');
  });
});

test("the directives' definitions are the same in the library and in this API's schema", () => {
  expect(readFileSync(new URL("../schema/directives.graphql", import.meta.url), "utf8")).toBe(directiveTypeDefs);
  expect(createSchema().getQueryType()).toBeDefined();
});
