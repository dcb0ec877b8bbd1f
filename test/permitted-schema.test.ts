import { makeExecutableSchema } from "@graphql-tools/schema";
import { type GraphQLSchema, lexicographicSortSchema, printSchema, validateSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { directiveTypeDefs } from "../src/authorization/directives.ts";
import { toPermittedSchema } from "../src/authorization/permitted-schema.ts";
import { createPolicy } from "../src/authorization/policy.ts";
import { isSatisfied } from "../src/authorization/requirement.ts";
import { createSchemaViews, type FindView } from "../src/authorization/schema-views.ts";

function build(sdl: string): [GraphQLSchema, ReturnType<typeof createPolicy>["requirements"]] {
  const schema = makeExecutableSchema({ typeDefs: [directiveTypeDefs, sdl] });
  return [schema, createPolicy(schema).requirements];
}

/** What a caller with these scopes sees, or anybody without a token; in one line, for comparing. */
function see(sdl: string, scopes?: readonly string[]): string {
  const [schema, requirements] = build(sdl);
  const view = toPermittedSchema(schema, (coordinate) => {
    const requirement = requirements.get(coordinate);
    return requirement === undefined || (scopes !== undefined && isSatisfied(requirement, new Set(scopes)));
  });
  // Not what the view says of itself: it is assumed to be valid.
  expect(validateSchema(makeExecutableSchema({ typeDefs: printSchema(view) }))).toEqual([]);
  return toLine(printSchema(lexicographicSortSchema(view)));
}

const toLine = (sdl: string): string =>
  sdl
    .replace(/"""[^"]*"""/g, "")
    .replace(/\s+/g, " ")
    .trim();

describe("a caller's schema names", () => {
  test("the fields, arguments and input fields that are permitted, and the types they reach", () => {
    const sdl = `
      type Query { open(f: Filter, all: Boolean @auth): Open secret: Secret @requiresScope(scopes: "s") }
      type Open { x: Int @requiresScope(scopes: "s") y: Color }
      type Secret { deep: Deep }
      type Deep { role: Role }
      enum Role { ADMIN } enum Color { RED }
      input Filter { name: String deleted: Trash @auth }
      input Trash { since: Date } scalar Date`;
    const anonymous =
      "enum Color { RED } input Filter { name: String } type Open { y: Color } type Query { open(f: Filter): Open }";
    expect(see(sdl)).toBe(anonymous);
    expect(see(sdl, [])).toBe(
      "enum Color { RED } scalar Date input Filter { deleted: Trash name: String } type Open { y: Color } type Query { open(all: Boolean, f: Filter): Open } input Trash { since: Date }",
    );
    expect(see(sdl, ["s"])).toContain("type Deep { role: Role } input Filter");
  });

  test("no type of which nothing is left, nor the fields that return it, whatever comes before it", () => {
    const sdl = `type Query { open: Int a: A u: U i: I } type A { b: B } type B implements I { c: C id: ID @auth }
                 type C { d: Int @auth } union U = B | C interface I { id: ID }`;
    expect(see(sdl)).toBe("type Query { open: Int }");
  });

  test("no type that needs one of which nothing is left, in whatever order they are defined", () => {
    const late = "type C { d: D } type D { x: Int @auth } input T { must: Int! @auth }";
    const early = "type Query { open: Int a: A e: E } type A { b: B } type B { c: C } type E { f(t: T!): Int }";
    for (const sdl of [late + early, early + late]) expect(see(sdl)).toBe("type Query { open: Int }");
  });

  test("no field with an argument that must be given and may not, and no such input type", () => {
    const sdl = `
      type Query { open(t: T, l: [T!]): Int a(must: Int! @auth): Int b(may: Int! = 1 @auth): Int c(t: T!): Int }
      input T { must: Int! @auth may: Int }`;
    expect(see(sdl)).toBe("type Query { b: Int open: Int }");
    expect(see(sdl, [])).toContain("a(must: Int!): Int b(may: Int! = 1): Int c(t: T!): Int open(l: [T!], t: T): Int");
  });

  test("no input field of a type of which nothing is left", () => {
    const sdl = "type Query { a(f: F): Int } input F { open: Int sub: [Sub] } input Sub { x: Int @auth }";
    expect(see(sdl)).toBe("input F { open: Int } type Query { a(f: F): Int }");
  });

  test("no input field in a default", () => {
    const sdl = "type Query { a(f: F = {open: 1, secret: 2}): Int } input F { open: Int secret: Int @auth }";
    expect(see(sdl)).toBe("input F { open: Int } type Query { a(f: F = {open: 1}): Int }");
  });

  test("the members of a union that are left", () => {
    const sdl = "type Query { u: U } union U = A | B type A { x: Int } type B @auth { x: Int }";
    expect(see(sdl)).toBe("type A { x: Int } type Query { u: U } union U = A");
  });

  test("nothing of a long chain that ends in nothing, and that in no time", () => {
    const chain = Array.from({ length: 1_500 }, (_, index) => `type C${index} { next: C${index + 1} }`);
    const [schema, requirements] = build(
      `type Query { open: Int c: C0 } ${chain.join(" ")} type C1500 { x: Int @auth }`,
    );
    const started = performance.now();
    const view = toPermittedSchema(schema, (coordinate) => !requirements.has(coordinate));
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(toLine(printSchema(view))).toBe("type Query { open: Int }");
  });

  test("types that refer to each other only as far as the roots reach them", () => {
    const sdl = `type Query { open: Int a: A @auth } type A { b: B } type B { a: A x: Int }
                 type Mutation { a: A @auth } type Subscription { open: Int }`;
    expect(see(sdl)).toBe("type Query { open: Int } type Subscription { open: Int }");
  });

  test("no directive that operations cannot use, and those they can with what their arguments take", () => {
    const sdl = `directive @cost(weights: Weights) on FIELD_DEFINITION | FIELD directive @own(x: Own) on OBJECT
                 input Weights { x: Int } enum Own { SECRET } type Query { open: Int }`;
    expect(see(sdl)).toBe(
      "directive @cost(weights: Weights) on FIELD | FIELD_DEFINITION type Query { open: Int } input Weights { x: Int }",
    );
  });

  test("a field of Query that is none of the schema's where no other is left", () => {
    const sdl = "type Query { nothing_: Int @auth } type Mutation { log: Int }";
    expect(see(sdl)).toBe("type Mutation { log: Int } type Query { nothing__: Boolean }");
  });
});

describe("an interface has", () => {
  test("the fields and arguments that are permitted of all that implement it, so that no object loses it", () => {
    const sdl = `type Query { n: N } interface N { id(a: Int, b: Int): ID x: Int }
                 type A implements N { id(a: Int, b: Int): ID x: Int @auth } type B implements N { id(a: Int @auth, b: Int): ID x: Int }`;
    expect(see(sdl)).toBe(
      "type A implements N { id(a: Int, b: Int): ID } type B implements N { id(b: Int): ID x: Int } interface N { id(b: Int): ID } type Query { n: N }",
    );
  });

  test("the form of a union where it has no field left, and what implements it loses it", () => {
    const sdl = `type Query { n: N p: P } interface N { id: ID } interface S implements N { id: ID x: Int }
                 type A implements N & S { id: ID @auth x: Int } type B implements N { id: ID }
                 interface P { n: N } type Q implements P { n: S y: Int }`;
    expect(see(sdl)).toBe(
      "type A implements S { x: Int } type B { id: ID } union N = A | B union P = Q type Q { n: S y: Int } type Query { n: N p: P } interface S { x: Int }",
    );
  });

  test("no field whose type an implementation's type is no more, whatever that takes with it", () => {
    const sdl = `type Query { r: R }
                 interface R { p: P z: Int } type T implements R { p: PS z: Int }
                 interface P { n: N } interface PS implements P { n: S y: Int } type Q implements P & PS { n: S y: Int }
                 interface N { id: ID } interface S implements N { id: ID x: Int } type A implements N & S { id: ID @auth x: Int }`;
    expect(see(sdl)).toBe(
      "type A implements S { x: Int } interface PS { n: S y: Int } type Q implements PS { n: S y: Int } type Query { r: R } interface R { z: Int } interface S { x: Int } type T implements R { p: PS z: Int }",
    );
  });

  test("all its fields where an interface of which no object is left implements it", () => {
    const sdl = `type Query { n: N } interface N { f: P x: Int } interface S implements N { f: PS x: Int }
                 type A implements N { f: P x: Int } type B implements N & S @auth { f: PS x: Int }
                 interface P { y: Int } interface PS implements P { y: Int }
                 type C implements P { y: Int @auth z: Int } type D implements P & PS { y: Int @auth z: Int }`;
    expect(see(sdl)).toBe(
      "type A implements N { f: P x: Int } type C { z: Int } type D { z: Int } interface N { f: P x: Int } union P = C | D type Query { n: N }",
    );
  });

  test("no field for which an object needs an argument that the interface has no more", () => {
    const sdl = `type Query { n: N } interface N { f(a: Int! = 1): Int x: Int } type A implements N { f(a: Int!): Int x: Int }
                 type B implements N { f(a: Int! = 1 @auth): Int x: Int }`;
    expect(see(sdl)).toContain("interface N { x: Int }");
  });

  test("no field with an argument that must be given and may not, also where the objects have a default for it", () => {
    const sdl = `type Query { n: N } interface N { f(a: Int!): Int x: Int } type A implements N { f(a: Int! = 1 @auth): Int x: Int }`;
    expect(see(sdl)).toBe("type A implements N { f: Int x: Int } interface N { x: Int } type Query { n: N }");
  });

  test("a place beside the objects that are reached, also when no field returns it", () => {
    const sdl = `type Query { a: A b: B @auth } interface N { id: ID } type A implements N { id: ID } type B implements N { id: ID @auth }`;
    expect(see(sdl)).toBe("type A implements N { id: ID } interface N { id: ID } type Query { a: A }");
  });
});

describe("the views of a schema", () => {
  const scopes = Array.from({ length: 40 }, (_, index) => `s${index}`);
  const fields = scopes.map((scope) => `${scope}: Int @requiresScope(scopes: "${scope}")`);
  const find = (findView: FindView, ...granted: string[]): GraphQLSchema =>
    findView((requirement) => isSatisfied(requirement, new Set(granted)));

  test("are made once for all who satisfy the same, and are nobody else's", () => {
    const findView = createSchemaViews(...build(`type Query { open: Int ${fields.join(" ")} }`));
    const view = find(findView, "s1", "unknown");
    expect(find(findView, "other", "s1")).toBe(view);
    for (const granted of [[], ["s2"], ["s1", "s2"], ["s1", "s11"]]) {
      expect(
        Object.keys(
          find(findView, ...granted)
            .getQueryType()
            ?.getFields() ?? {},
        ),
      ).toEqual(["open", ...granted]);
    }
    expect(find(findView, "s1")).toBe(view);
  });

  test("are kept in a bounded number, those used last", () => {
    const findView = createSchemaViews(...build(`type Query { open: Int ${fields.join(" ")} }`));
    const [first, second] = [find(findView, "s0"), find(findView, "s1")];
    for (const scope of scopes.slice(2, 16)) find(findView, scope);
    expect(find(findView, "s0")).toBe(first);
    find(findView, "s16");
    expect(find(findView, "s0")).toBe(first);
    expect(find(findView, "s1")).not.toBe(second);
  });
});
