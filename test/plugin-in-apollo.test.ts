import { ApolloServer, HeaderMap } from "@apollo/server";
import { addResolversToSchema, makeExecutableSchema, mergeSchemas } from "@graphql-tools/schema";
import type { GraphQLSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { type AuthContext, type AuthPluginOptions, authDirectives, authPlugin } from "../src/index.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";

const auth = authDirectives();
const typeDefs = `
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @cacheControl(maxAge: Int) on FIELD_DEFINITION
  type Query {
    open: Int @cacheControl(maxAge: 60)
    one: Int @auth @cacheControl(maxAge: 60)
    a: Int @requiresScope(scopes: ["a"])
  }
  type Mutation { open: Int one: Int @auth }`;
const resolve = { open: () => 1, one: () => 2 };

function createGuarded(): GraphQLSchema {
  const resolvers = { Query: { ...resolve, a: () => 3 }, Mutation: resolve };
  return auth.transformer(makeExecutableSchema({ typeDefs: [auth.typeDefs, typeDefs], resolvers }));
}

function create(schema: GraphQLSchema, options?: AuthPluginOptions): ApolloServer<AuthContext> {
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return new ApolloServer({ schema, logger, plugins: [authPlugin(options)] });
}

interface Seen {
  readonly status: number | undefined;
  readonly cacheControl: string | undefined;
  readonly body: { readonly data?: unknown; readonly errors?: readonly { message: string; extensions: object }[] };
}

/** One request to a server of somebody who uses the library, with whatever they made of the context. */
async function ask(query: string, context: unknown, options?: AuthPluginOptions): Promise<Seen> {
  const server = create(createGuarded(), options);
  await server.start();
  const { status, headers, body } = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: "POST",
      headers: new HeaderMap([["content-type", "application/json"]]),
      search: "",
      body: { query },
    },
    context: async () => context as AuthContext,
  });
  await server.stop();
  const text = body.kind === "complete" ? body.string : "{}";
  return { status, cacheControl: headers.get("cache-control"), body: JSON.parse(text) };
}

describe("a context without a well-formed authentication", () => {
  test.each<[unknown]>([
    [{}],
    [{ authentication: { kind: "authenticated" } }],
    [{ authentication: { kind: "authenticated", principal: { scopes: ["a"] } } }],
    [{ authentication: { kind: "rejected" } }],
    [{ authentication: { kind: "unavailable", error: {} } }],
    [{ authentication: { kind: "rejected", error: new Error("words of somebody else") } }],
  ])("of %j is nobody's", async (context) => {
    for (const invalidToken of ["refuse-fields", "refuse-request"] as const) {
      for (const field of ["one", "a"]) {
        const { status, body } = await ask(`{ ${field} }`, context, { invalidToken });
        expect([status, body.errors?.[0]?.extensions]).toEqual([
          401,
          { code: "UNAUTHENTICATED", reason: "authorization_header_missing" },
        ]);
        expect(JSON.stringify(body)).not.toContain("words of somebody else");
      }
      expect((await ask("{ open }", context, { invalidToken })).body).toEqual({ data: { open: 1 } });
    }
  });
});

describe("fragments with @defer, where a schema has it, count like all others", () => {
  test.each<[string, number | undefined, unknown]>([
    ["mutation { open ... @defer { one } }", 401, undefined],
    ["{ ... @defer { one } }", 401, undefined],
    ["{ one ... @defer { open } }", undefined, { one: null, open: 1 }],
  ])("%s", async (query, status, data) => {
    const seen = await ask(query, { authentication: anonymous() });
    expect([seen.status, seen.body.data]).toEqual([status, data]);
  });
});

test("what a token opens is kept by no shared cache, and what is public may be", async () => {
  expect((await ask("{ one }", { authentication: authenticatedAs() })).cacheControl).toBe("max-age=60, private");
  expect((await ask("{ open }", { authentication: anonymous() })).cacheControl).toBe("max-age=60, public");
});

test("whoever formats errors cannot change what is required", async () => {
  const server = new ApolloServer<AuthContext>({
    schema: createGuarded(),
    plugins: [authPlugin()],
    formatError: (error) => {
      for (const scopes of (error.extensions?.["requiredScopes"] ?? []) as string[][]) scopes.length = 0;
      return error;
    },
  });
  const context = { authentication: authenticatedAs() };
  for (let time = 0; time < 2; time += 1) {
    const { body } = await server.executeOperation({ query: "{ open a }" }, { contextValue: context });
    expect(body.kind === "single" && body.singleResult.data).toEqual({ open: 1, a: null });
  }
});

describe("the plugin refuses to start on a schema", () => {
  const other = makeExecutableSchema({ typeDefs: [auth.typeDefs, "type Query { two: Int @auth }"] });
  test.each<[string, () => GraphQLSchema, string]>([
    ["that was never guarded", () => other, "pass it through authDirectives().transformer first"],
    [
      "of which a guarded resolver was replaced",
      () => addResolversToSchema({ schema: createGuarded(), resolvers: { Query: { one: () => 7 } } }),
      "Query.one: its guard is missing or not in front; apply the transformer last",
    ],
    [
      "into which rules were merged later",
      () => mergeSchemas({ schemas: [createGuarded(), other] }),
      "Query.two: its guard",
    ],
  ])("%s", async (_, make, message) => {
    await expect(create(make()).start()).rejects.toThrow(message);
  });
});
