import { makeExecutableSchema } from "@graphql-tools/schema";
import {
  buildClientSchema,
  type GraphQLArgument,
  graphql,
  introspectionFromSchema,
  isIntrospectionType,
} from "graphql";
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
  interface Base { key: Int @requiresScope(scopes: "base") }
  interface Node implements Base @auth { key: Int, node(arg: Int @auth): T }
  type T implements Base & Node @requiresScope(scopes: "t") { key: Int, node(arg: Int): T }
  input In { "Which." deleted: Boolean @auth, name: String }`;

/** Of everything that has a description: its coordinate, as far as it goes, and the description. */
function describe(isDescribed: boolean | undefined): Record<string, string> {
  const { typeDefs, transformer } = authDirectives({ describe: isDescribed });
  const schema = transformer(makeExecutableSchema({ typeDefs: [typeDefs, sdl] }));
  const seen = buildClientSchema(introspectionFromSchema(schema));
  const types = Object.values(seen.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const described = types.flatMap((type) => {
    const fields = "getFields" in type ? Object.values(type.getFields()) : [];
    return fields.flatMap((field) => {
      const args: readonly GraphQLArgument[] = "args" in field ? field.args : [];
      const ofArgs = args.map((arg) => [`${type.name}.${field.name}.${arg.name}`, arg.description]);
      return [[`${type.name}.${field.name}`, field.description], ...ofArgs];
    });
  });
  return Object.fromEntries(described.filter(([, description]) => description));
}

test("what is required is in the descriptions of fields, arguments and input fields, if that is asked for", () => {
  expect(describe(true)).toEqual({
    "Query.own": "Own text.\n\nRequires scope `a` and `b`, or `c`.",
    "Query.bare": "Requires a valid access token.",
    "Query.open": "Requires scope `t`.",
    "Query.open.limit": "A limit.\n\nRequires scope `` tick`s ``.",
    "Base.key": "Requires scope `base`.",
    "Node.key": "Requires scope `base`.",
    "Node.node": "Requires a valid access token.",
    "Node.node.arg": "Requires a valid access token.",
    "T.key": "Requires scope `t` and `base`.",
    "T.node": "Requires scope `t`.",
    "T.node.arg": "Requires a valid access token.",
    "In.deleted": "Which.\n\nRequires a valid access token.",
  });
  const own = { "Query.own": "Own text.", "Query.open.limit": "A limit.", "In.deleted": "Which." };
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
