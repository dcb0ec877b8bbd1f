import { ApolloServer } from "@apollo/server";
import { addResolversToSchema, makeExecutableSchema } from "@graphql-tools/schema";
import { MapperKind, mapSchema } from "@graphql-tools/utils";
import {
  buildClientSchema,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getIntrospectionQuery,
  graphql,
  parse,
  subscribe,
  validateSchema,
} from "graphql";
import { describe, expect, test } from "vitest";
import type { Authentication } from "../src/authentication/principal.ts";
import {
  type AuthContext,
  type AuthDirectivesOptions,
  authDirectives,
  authPlugin,
  toFilteredDocument,
} from "../src/index.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";
import { halfHidden, namesHidden, ways } from "./support/half-hidden.ts";

function guard(options: AuthDirectivesOptions = { introspection: "permitted" }): GraphQLSchema {
  const auth = authDirectives(options);
  const resolvers = {
    Query: {
      self: () => ({}),
      open: () => ({ text: "t" }),
      hiddenField: () => ({ __typename: "HiddenType", id: "1" }),
    },
    Mutation: { log: () => ({}) },
    Subscription: {
      ticks: {
        subscribe: async function* ticks() {
          yield { ticks: {} };
          yield { ticks: {} };
        },
      },
    },
  };
  return auth.transformer(makeExecutableSchema({ typeDefs: [auth.typeDefs, halfHidden], resolvers }));
}

const schema = guard();
const server = new ApolloServer<AuthContext>({ schema, plugins: [authPlugin()] });
const open = new ApolloServer<AuthContext>({ schema: guard({}), plugins: [authPlugin()] });

async function ask(query: string, authentication: Authentication, asked = server): Promise<ExecutionResult> {
  const { body } = await asked.executeOperation({ query }, { contextValue: { authentication } });
  return body.kind === "single" ? (body.singleResult as ExecutionResult) : {};
}

const admin = authenticatedAs({ scopes: ["admin"] });

describe("introspection by", () => {
  test.each(ways)("%s names nothing that its caller may not use", async (_, query) => {
    const seen = await ask(query, anonymous());
    expect(seen.errors).toBeUndefined();
    expect(namesHidden(JSON.stringify(seen.data))).toBe(false);
    // And would, if it could: to whoever may use it, and where introspection is not filtered.
    const whole = await ask(query, anonymous(), open);
    expect(namesHidden(JSON.stringify(whole.data))).toBe(true);
    if (!query.includes("directives { name args"))
      expect(namesHidden(JSON.stringify(await ask(query, admin)))).toBe(true);
  });

  test("the whole query of tools gives a valid schema to every caller", async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true });
    for (const caller of [anonymous(), authenticatedAs(), admin]) {
      const { data } = await ask(query, caller);
      const built = buildClientSchema(data as never);
      expect(validateSchema(built)).toEqual([]);
      expect("hiddenAdmin" in (built.getQueryType()?.getFields() ?? {})).toBe(caller === admin);
      expect(built.getType("HiddenType") !== undefined).toBe(caller.kind === "authenticated");
    }
  });

  test("a caller with a bad token is as by one without", async () => {
    const query = "{ __schema { types { name fields { name } } } }";
    const rejected = { kind: "rejected", error: { reason: "token_expired" } } as Authentication;
    for (const caller of [rejected, { kind: "admin" } as never, undefined as never]) {
      expect((await ask(query, caller)).data).toEqual((await ask(query, anonymous())).data);
    }
  });

  test("several at once gives each their own, whoever came before", async () => {
    const query = "{ __schema { queryType { fields { name } } } }";
    const counts = { anonymous: 5, authenticated: 6, admin: 7 };
    const callers = [anonymous(), admin, authenticatedAs(), admin, anonymous(), authenticatedAs()];
    const fields = (result: ExecutionResult): number =>
      JSON.parse(JSON.stringify(result.data)).__schema.queryType.fields.length;
    const expected = callers.map((caller) => (caller === admin ? counts.admin : counts[caller.kind as "anonymous"]));
    const atOnce = await Promise.all(callers.map((caller) => ask(query, caller)));
    expect(atOnce.map(fields)).toEqual(expected);
    // As when one document is kept by the server and asked again.
    const inTurn: number[] = [];
    for (const caller of callers) inTurn.push(fields(await ask(query, caller)));
    expect(inTurn).toEqual(expected);
  });

  test("a document with a mistake in its variables says so in the place of the answer", async () => {
    const { body } = await server.executeOperation(
      { query: 'query ($n: String = "User") { open { text } __type(name: $n) { name } }', variables: { n: null } },
      { contextValue: { authentication: anonymous() } },
    );
    const result = body.kind === "single" ? body.singleResult : {};
    expect(result.data).toEqual({ open: { text: "t" }, __type: null });
    expect(result.errors?.map(({ path }) => path)).toEqual([["__type"]]);
  });
});

test("what is hidden can be asked for, and is refused as ever", async () => {
  const refused = await ask("{ hiddenField { id } }", anonymous());
  expect(refused.errors?.[0]?.extensions).toEqual({ code: "UNAUTHENTICATED", reason: "authorization_header_missing" });
  expect((await ask("{ hiddenField { id } }", admin)).data).toEqual({ hiddenField: { id: "1" } });
  const partly = await ask("{ hiddenField { id } __schema { queryType { name } } }", anonymous());
  expect(partly.data).toEqual({ hiddenField: null, __schema: { queryType: { name: "Query" } } });
});

test("a default that cannot be printed is left out, and nothing else is", async () => {
  const auth = authDirectives({ introspection: "permitted" });
  const typeDefs = [auth.typeDefs, "scalar Any type Query { a(b: Any = { hidden: 1 }): Int }"];
  const document = toFilteredDocument(parse('{ __type(name: "Query") { fields { args { name defaultValue } } } }'));
  expect(await execute({ schema: auth.transformer(makeExecutableSchema({ typeDefs })), document })).toEqual({
    data: { __type: { fields: [{ args: [{ name: "b", defaultValue: null }] }] } },
  });
});

test("the field of a Query of which nothing is left can be asked", async () => {
  const auth = authDirectives({ introspection: "permitted" });
  const closed = auth.transformer(makeExecutableSchema({ typeDefs: [auth.typeDefs, "type Query { a: Int @auth }"] }));
  const document = toFilteredDocument(parse("{ nothing_ __schema { queryType { fields { name } } } }"));
  expect(await execute({ schema: closed, document, contextValue: {} })).toEqual({
    data: { nothing_: null, __schema: { queryType: { fields: [{ name: "nothing_" }] } } },
  });
});

test("what a subscription's event leads to is filtered, and is an anonymous caller's when the token expired", async () => {
  const document = toFilteredDocument(parse("subscription { ticks { __schema { types { name } } } }"));
  const run = async (authentication: Authentication): Promise<string> => {
    const events = await subscribe({ schema, document, contextValue: { authentication } });
    const seen: unknown[] = [];
    if (Symbol.asyncIterator in events) for await (const event of events) seen.push(event.data);
    expect(seen).toHaveLength(2);
    return JSON.stringify(seen);
  };
  expect(namesHidden(await run(anonymous()))).toBe(false);
  expect(namesHidden(await run(admin))).toBe(true);
  expect(namesHidden(await run(authenticatedAs({ scopes: ["admin"], claims: { exp: 1 } })))).toBe(false);
});

describe("where nothing filters", () => {
  const contextValue = { authentication: admin };
  const source = "{ hiddenField { id } open { text } }";

  test("a guarded schema without the plugin resolves nothing that is guarded", async () => {
    const { data, errors } = await graphql({ schema, source, contextValue });
    expect(data).toEqual({ hiddenField: null, open: { text: "t" } });
    expect(errors?.map(({ message }) => message)).toEqual([
      expect.stringContaining("use authPlugin(), or execute toFilteredDocument"),
    ]);
    expect(
      (await execute({ schema, document: toFilteredDocument(parse(source)), contextValue })).errors,
    ).toBeUndefined();
  });

  test.each<[string, (made: GraphQLSchema) => GraphQLSchema]>([
    ["was made anew", (made) => mapSchema(made, { [MapperKind.OBJECT_TYPE]: () => undefined })],
    [
      "got other resolvers",
      (made) => addResolversToSchema({ schema: made, resolvers: { Query: { open: () => ({}) } } }),
    ],
  ])("a schema that %s stops the start, and answers no introspection", async (_, change) => {
    const changed = change(guard());
    await expect(new ApolloServer({ schema: changed, plugins: [authPlugin() as object] }).start()).rejects.toThrow(
      "its introspection is not filtered any more; apply the transformer last",
    );
    const document = toFilteredDocument(parse("{ __schema { types { name } } }"));
    expect(await execute({ schema: changed, document, contextValue })).toEqual({ data: {} });
  });

  test("a document that somebody changed later gives nothing", async () => {
    const document = structuredClone(toFilteredDocument(parse("{ __schema { types { name } } open { text } }")));
    const { data, errors } = await execute({ schema, document, contextValue });
    expect(data).toEqual({ __schema: null, open: { text: "t" } });
    expect(errors).toHaveLength(1);
  });

  test.each<[string, AuthDirectivesOptions]>([
    ["without the option", {}],
    ["with 'all'", { introspection: "all" }],
    ["with mode 'report', where everybody may use everything", { introspection: "permitted", mode: "report" }],
  ])("as %s, everybody sees everything, by any server", async (_, options) => {
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const whole = new ApolloServer<AuthContext>({ schema: guard(options), plugins: [authPlugin()], logger });
    const query = "{ __schema { types { name } } }";
    expect(namesHidden(JSON.stringify(await ask(query, anonymous(), whole)))).toBe(true);
    const plain = await graphql({
      schema: guard(options),
      source: query,
      contextValue: { authentication: anonymous() },
    });
    expect(namesHidden(JSON.stringify(plain))).toBe(true);
  });

  test("an option that means nothing is refused", () => {
    expect(() => authDirectives({ introspection: "none" as "all" })).toThrow("introspection");
  });
});

test("other plugins see the document that the client sent, and no introspection sees the fields that answer", async () => {
  const seen: unknown[] = [];
  const watched = new ApolloServer<AuthContext>({
    schema,
    plugins: [
      authPlugin(),
      {
        requestDidStart: async () => ({
          willSendResponse: async ({ document }) =>
            void seen.push(document?.loc?.source.body, JSON.stringify(document)),
        }),
      },
    ],
  });
  const query = '{ __type(name: "Query") { fields { name } } }';
  expect(JSON.stringify(await ask(query, admin, watched))).not.toMatch(/filtered|nothing/);
  expect(seen).toEqual([query, expect.not.stringContaining("filtered")]);
});
