import { makeExecutableSchema } from "@graphql-tools/schema";
import { buildClientSchema, graphql, introspectionFromSchema, isInputObjectType, isObjectType } from "graphql";
import { expect, test } from "vitest";
import { authDirectives } from "../src/authorization/guard.ts";
import { createSchema } from "../src/server/schema.ts";
import { anonymous } from "../src/testing.ts";

const sdl = `
  type Query {
    "Own text."
    own: Int @requiresScope(scopes: [["a", "b"], ["c"]])
    bare: Int @auth
    open("A limit." limit: Int @requiresScope(scopes: "tick\`s"), page: Int): T
    in(in: In): Int
  }
  interface Node @auth { id: Int }
  type T implements Node { id: Int }
  input In { "Which." deleted: Boolean @auth, name: String }`;

function describe(isDescribed: boolean | undefined): Record<string, string | null | undefined> {
  const { typeDefs, transformer } = authDirectives({ describe: isDescribed });
  const schema = transformer(makeExecutableSchema({ typeDefs: [typeDefs, sdl] }));
  const seen = buildClientSchema(introspectionFromSchema(schema));
  const described = Object.values(seen.getTypeMap())
    .filter((type) => (isObjectType(type) || isInputObjectType(type)) && !type.name.startsWith("__"))
    .flatMap((type) => (isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : []))
    .flatMap((field) => [field, ...("args" in field ? field.args : [])])
    .map(({ name, description }) => [name, description ?? null]);
  return Object.fromEntries(described);
}

test("what is required is in the descriptions of fields, arguments and input fields, if that is asked for", () => {
  expect(describe(true)).toEqual({
    own: "Own text.\n\nRequires scope `a` and `b`, or `c`.",
    bare: "Requires a valid access token.",
    open: null,
    limit: "A limit.\n\nRequires scope `` tick`s ``.",
    page: null,
    in: null,
    id: "Requires a valid access token.",
    deleted: "Which.\n\nRequires a valid access token.",
    name: null,
  });
  const own = {
    own: "Own text.",
    bare: null,
    open: null,
    limit: "A limit.",
    page: null,
    in: null,
    id: null,
    deleted: "Which.",
    name: null,
  };
  expect(describe(undefined)).toEqual(own);
  expect(describe(false)).toEqual(own);
});

test("this server says by introspection what its fields require, and guards them all the same", async () => {
  const source = '{ __type(name: "Query") { fields { name description } } privateMessage { message } }';
  const { data, errors } = await graphql({
    schema: createSchema(),
    source,
    contextValue: { authentication: anonymous() },
  });
  expect(data).toMatchObject({
    privateMessage: null,
    __type: {
      fields: [
        { description: "For everybody." },
        { description: "For callers with a valid access token.\n\nRequires a valid access token." },
        { description: expect.stringContaining("Requires scope `read:admin-messages`.") },
      ],
    },
  });
  expect(errors).toHaveLength(1);
});

test("an option that is no boolean is refused", () => {
  expect(() => authDirectives({ describe: "yes" } as never)).toThrow("describe");
});
