import { makeExecutableSchema } from "@graphql-tools/schema";
import {
  buildSchema,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  parse,
} from "graphql";
import { describe, expect, test } from "vitest";
import { directiveTypeDefs } from "../src/authorization/directives.ts";
import { assertNoLostRules } from "../src/authorization/lost-rules.ts";
import { createPolicy, PolicyError } from "../src/authorization/policy.ts";

const build = (sdl: string): GraphQLSchema => makeExecutableSchema({ typeDefs: [directiveTypeDefs, sdl] });

/** What a schema is refused for; empty when it is not. */
function readProblems(schema: GraphQLSchema): readonly string[] {
  try {
    createPolicy(schema);
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

describe("a rule that could never take effect is refused, with its coordinate and the mend:", () => {
  test.each<[string, string, string[]]>([
    [
      "on an interface that nothing implements, and on its fields and arguments",
      "type Query { node: Node } interface Node @auth { id(of: Int @auth): ID @auth }",
      [
        "Node: no object type that an operation reaches implements this interface; remove the rule, or write it on object types",
        "Node.id: no object type that an operation reaches implements",
        "Node.id(of:): no object type that an operation reaches implements",
      ],
    ],
    [
      "on an interface that only unreached types implement",
      "type Query { a: Int } interface Node @auth { id: ID } type T implements Node { id: ID }",
      ["Node: no object type that an operation reaches implements"],
    ],
    [
      "on an object that nothing reaches, and on its fields and arguments",
      "type Query { a: Int } type T @auth { id(of: Int @auth): ID @auth }",
      [
        "T: no operation reaches this type; remove the rule, or let a field return the type",
        "T.id: no operation",
        "T.id(of:): no operation",
      ],
    ],
    [
      "on a scalar or enum that only arguments take",
      "type Query { a(s: S, e: E): Int } scalar S @auth enum E @auth { A }",
      [
        "S: no field that an operation reaches returns this type; write the rule on the fields or arguments it is meant to guard",
        "E: no field that an operation reaches returns",
      ],
    ],
    [
      "on a union that only an interface's field returns, which the objects narrow",
      "type Query { n: N } interface N { u: U } type T implements N { u: T } union U @auth = T",
      ["U: no field that an operation reaches returns"],
    ],
    [
      "on a field of an input type that no argument takes",
      "type Query { a: Int } input In { b: Int @auth }",
      [
        "In.b: no argument that an operation can give takes this type; remove the rule, or let an argument take the type",
      ],
    ],
    [
      "on an argument of a directive",
      "type Query { a: Int } directive @d(x: Int @auth) on FIELD",
      ["@d(x:): no rule can be enforced here; move it to the fields, arguments or types it is meant to guard"],
    ],
    [
      "on an input field that operations may also give to a directive",
      "type Query { a(in: In): Int } input In { b: Out } input Out { c: Int @auth } directive @d(x: [In!]) on OBJECT | FIELD",
      ["@d(x:): In has guarded fields, and nobody is asked for them here; take another type"],
    ],
    [
      "on an input field with a default",
      "type Query { a(in: In): Int } input In { b: Int = 1 @auth }",
      [
        "In.b: a guarded input field must have no default, which could not be told from a value of the caller's; remove the default or the rule",
      ],
    ],
    [
      "on an input field that the default of another one provides, at any depth",
      "type Query { a(in: In): Int } input In { b: Int out: [Out] = [{ deep: [{ c: 1, x: 2 }] }] } input Out { deep: [Deep!] } input Deep { x: Int } extend input Deep { c: Int @auth }",
      ["In.out: its default provides Deep.c, which is guarded; take it out of the default, or remove the rule"],
    ],
  ])("%s", (_, sdl, problems) => {
    expect(readProblems(build(sdl))).toEqual(problems.map((problem) => expect.stringContaining(problem)));
  });

  test("all of them in one error, together with rules that are wrong", () => {
    const sdl = `type Query { a: Int @requiresScope(scopes: []) } type T @auth { id: ID } interface N { id: ID @requiresScope(scopes: " ") }`;
    expect(readProblems(build(sdl)).map((problem) => problem.split(": ")[0])).toEqual(["Query.a", "T", "N.id", "N.id"]);
  });

  test("in a schema made in code, on an input type, an enum value and the schema itself", () => {
    const extensions = { directives: { auth: {} } };
    const input = new GraphQLInputObjectType({ name: "In", extensions, fields: { b: { type: GraphQLInt } } });
    const output = new GraphQLEnumType({ name: "E", values: { A: { extensions } } });
    const fields = { a: { type: output, args: { in: { type: input } } } };
    const query = new GraphQLObjectType({ name: "Query", fields });
    const schema = new GraphQLSchema({ query, extensions, directives: buildSchema(directiveTypeDefs).getDirectives() });
    expect(readProblems(schema)).toEqual(
      ["schema", "E.A", "In"].map((coordinate) =>
        expect.stringMatching(`^${coordinate}: no rule can be enforced here`),
      ),
    );
  });
});

describe("a rule that takes effect is not refused:", () => {
  test.each([
    [
      "on types that only an abstract type's possible types reach",
      "type Query { n: N u: U } interface N { id: ID } type T implements N { id: ID x: X } type X @auth { y: Int } union U = V type V @auth { z: Int }",
    ],
    [
      "on an interface by way of another interface",
      "type Query { t: T } interface A @auth { id: ID } interface B implements A { id: ID } type T implements A & B { id: ID }",
    ],
    ["on a field of an input type that takes itself", "type Query { a(in: In): Int } input In { in: In b: Int @auth }"],
    [
      "in a root type of another name",
      "schema { query: Q mutation: M } type Q { a: Int @auth } type M { b: Int @auth }",
    ],
    ["on an argument with a default", "type Query { a(b: Int = 1 @auth): Int }"],
    [
      "on an input field that the default of an argument provides",
      "type Query { a(in: In = { b: 1 }): Int } input In { b: Int @auth }",
    ],
    [
      "on an input field that only a directive of the type system takes as well",
      "type Query { a(in: In): Int } input In { b: Int @auth } directive @d(x: In) on OBJECT",
    ],
  ])("%s", (_, sdl) => {
    expect(readProblems(build(sdl))).toEqual([]);
  });
});

describe("the directives themselves", () => {
  test("must be defined as they are here, each of them", () => {
    const renamed = directiveTypeDefs.replace("directive @auth ", "directive @authenticated ");
    expect(readProblems(buildSchema(`${renamed} type Query { a: Int @authenticated }`))).toEqual([
      "@auth: it is not defined as it must be; add authDirectives().typeDefs to the schema and no definition of your own",
    ]);
  });

  test.each([
    ["with arguments of another type", "scopes: [[String!]!]!", "scopes: [String!]"],
    ["with other arguments", "scopes: [[String!]!]!", "scopes: [[String!]!]! all: Boolean"],
    ["in fewer places", "UNION | ", ""],
    ["once in a place only", "repeatable ", ""],
  ])("must not be defined %s", (_, ours, other) => {
    const schema = buildSchema(`${directiveTypeDefs.replaceAll(ours, other)} type Query { a: Int @auth }`);
    expect(readProblems(schema)).toContainEqual(expect.stringMatching(/^@requiresScope: it is not defined as/));
  });

  test.each([
    [
      '{ name: "@auth", as: "@guard" }',
      ["@auth: @link gives it another name, under which no rule would hold; import it as it is"],
    ],
    ['{ name: "@auth", as: "@auth" }', []],
    ['"@auth"', []],
    ['{ name: "@auth" }', []],
    ['{ name: "@other", as: "@guard" }', []],
  ])("must not be imported under another name: %s", (imported, problems) => {
    const link = `directive @link(url: String, import: [Import]) repeatable on SCHEMA scalar Import`;
    const sdl = `${link} extend schema @link(url: "https://example.com", import: ["@key", ${imported}]) type Query { a: Int @auth }`;
    expect(readProblems(build(sdl))).toEqual(problems);
  });
});

test("a rule on a built-in scalar, which graphql-js drops, is seen in the SDL", () => {
  const check = (sdl: string) => () => assertNoLostRules([parse("type Query { a: ID }"), parse(sdl)]);
  expect(check("scalar ID @auth scalar Int @requiresScope(scopes: 1)")).toThrow(
    / {2}- ID: no rule can be enforced on a built-in scalar; write it on fields, or define another scalar\n {2}- Int: /,
  );
  expect(check("scalar Date @auth scalar ID")).not.toThrow();
});
