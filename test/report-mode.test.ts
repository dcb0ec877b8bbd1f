import { ApolloServer } from "@apollo/server";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { type ExecutionResult, type GraphQLSchema, graphql, parse, subscribe } from "graphql";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  type AuthContext,
  type AuthDirectivesOptions,
  type AuthPluginOptions,
  authDirectives,
  authPlugin,
  type RefusalReport,
} from "../src/index.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";

const sdl = `
  type Query { open: Int, one: Int @auth, a(b: Int @requiresScope(scopes: "b")): Int @requiresScope(scopes: "a"), rows: [Row!] }
  type Row { cell: Int @auth, strict: Int! @auth }
  type Mutation { one: Int @auth, open: Int }
  type Subscription { events: Int @auth }`;
const resolvers = {
  Query: { open: () => 1, one: () => 2, a: () => 3, rows: () => [{}, {}] },
  Row: { cell: () => 4, strict: () => 5 },
  Mutation: { one: () => 6, open: () => 7 },
  Subscription: {
    events: {
      async *subscribe() {
        yield { events: 8 };
      },
    },
  },
};

const reports: RefusalReport[] = [];
beforeEach(() => reports.splice(0));

function guard(options: AuthDirectivesOptions): GraphQLSchema {
  const { typeDefs, transformer } = authDirectives({ onRefusal: (report) => reports.push(report), ...options });
  return transformer(makeExecutableSchema({ typeDefs: [typeDefs, sdl], resolvers }));
}

const member = authenticatedAs({ subject: "somebody", scopes: ["b"], claims: { client_id: "app", token: "secret" } });

const ask = (schema: GraphQLSchema, source: string, authentication: unknown): Promise<ExecutionResult> =>
  graphql({ schema, source, contextValue: { authentication } });

/** The same through Apollo Server, with what it logs and answers. */
async function askApollo(
  schema: GraphQLSchema,
  query: string,
  authentication: AuthContext["authentication"],
  options?: AuthPluginOptions,
) {
  const warn = vi.fn();
  const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
  const server = new ApolloServer<AuthContext>({ schema, logger, plugins: [authPlugin(options)] });
  await server.start();
  const { body, http } = await server.executeOperation({ query }, { contextValue: { authentication } });
  await server.stop();
  const { data, errors } = body.kind === "single" ? body.singleResult : {};
  return { data, errors, status: http.status, warnings: warn.mock.calls.flat().map(String) };
}

describe("with mode 'report'", () => {
  test("nothing is refused, and every selection that would be is reported once", async () => {
    const schema = guard({ mode: "report" });
    const result = await ask(schema, "query Look { open one again: one rows { cell strict } }", anonymous());
    const rows = [
      { cell: 4, strict: 5 },
      { cell: 4, strict: 5 },
    ];
    expect(result).toEqual({ data: { open: 1, one: 2, again: 2, rows } });
    const missing = { code: "UNAUTHENTICATED", reason: "authorization_header_missing" };
    const nobody = { subject: undefined, clientId: undefined, operationName: "Look" };
    expect(reports).toEqual(
      ["Query.one", "Query.one", "Row.cell", "Row.strict"].map((coordinate) => ({ coordinate, ...missing, ...nobody })),
    );
  });

  test("also through the plugin, which says aloud that nothing is enforced", async () => {
    const schema = guard({ mode: "report" });
    const seen = await askApollo(schema, "mutation { one open }", anonymous());
    expect(seen).toMatchObject({ data: { one: 6, open: 7 }, errors: undefined, status: undefined });
    expect(seen.warnings).toEqual([expect.stringMatching(/^AUTHORIZATION IS NOT ENFORCED: .*Take the mode out/)]);
    expect(reports.map(({ coordinate }) => coordinate)).toEqual(["Mutation.one"]);
    const strict = { invalidToken: "refuse-request" } as const;
    const rejected = { kind: "rejected", error: { reason: "token_expired" } } as AuthContext["authentication"];
    expect((await askApollo(schema, "{ open one }", rejected, strict)).data).toEqual({ open: 1, one: 2 });
    expect(reports.at(-1)).toMatchObject({ coordinate: "Query.one", reason: "token_expired" });
  });

  test("a subscription opens and goes on", async () => {
    const stream = await subscribe({
      schema: guard({ mode: "report" }),
      document: parse("subscription Watch { events }"),
      contextValue: { authentication: anonymous() },
    });
    const events: unknown[] = [];
    if (Symbol.asyncIterator in stream) for await (const { data } of stream) events.push(data);
    expect(events).toEqual([{ events: 8 }]);
    expect(reports[0]).toMatchObject({ coordinate: "Subscription.events", operationName: "Watch" });
  });
});

describe("onRefusal, while rules are enforced,", () => {
  test("is told who was refused what and why, and no more", async () => {
    await ask(guard({}), "query Q { a(b: 1) }", member);
    expect(reports).toEqual([
      {
        coordinate: "Query.a",
        code: "FORBIDDEN",
        reason: "insufficient_scope",
        subject: "somebody",
        clientId: "app",
        operationName: "Q",
      },
    ]);
    expect(Object.isFrozen(reports[0])).toBe(true);
  });

  test("is given the context value, which tells its request from others", async () => {
    const contexts: unknown[] = [];
    const onRefusal = (_report: RefusalReport, context: unknown): number => contexts.push(context);
    const source = "{ open one }";
    const asked = [1, 2].map((number) => ({ number, authentication: anonymous() }));
    for (const contextValue of asked) await graphql({ schema: guard({ onRefusal }), source, contextValue });
    await graphql({ schema: guard({ onRefusal, mode: "report" }), source, contextValue: asked[0] });
    await askApollo(guard({ onRefusal }), "{ one }", member);
    expect(contexts).toEqual([asked[0], asked[1], asked[0]]);
    expect(contexts[1]).toBe(asked[1]);
    await askApollo(guard({ onRefusal }), "{ one }", anonymous());
    expect(contexts.at(-1)).toEqual({ authentication: anonymous() });
  });

  test("is told the argument where that is what asks for too much", async () => {
    await ask(guard({}), "{ a(b: 1) }", authenticatedAs({ scopes: ["a"] }));
    expect(reports.map(({ coordinate, operationName }) => [coordinate, operationName])).toEqual([
      ["Query.a(b:)", undefined],
    ]);
  });

  test("is told a selection of a list once, also where it fails for each item", async () => {
    await ask(guard({}), "{ rows { strict } }", anonymous());
    expect(reports.map(({ coordinate }) => coordinate)).toEqual(["Row.strict"]);
  });

  test("is told what is refused before executing, each root field once", async () => {
    const { status } = await askApollo(guard({}), "query Q { one x: a }", member);
    expect(status).toBeUndefined();
    expect(reports.map(({ coordinate }) => coordinate)).toEqual(["Query.a"]);
    reports.splice(0);
    expect((await askApollo(guard({}), "query Q { one x: a }", anonymous())).status).toBe(401);
    expect(reports.map(({ coordinate, operationName }) => [coordinate, operationName])).toEqual([
      ["Query.one", "Q"],
      ["Query.a", "Q"],
    ]);
  });

  test("is told of a whole request that a bad token fails, which has no coordinate", async () => {
    const rejected = { kind: "rejected", error: { reason: "invalid_token" } } as AuthContext["authentication"];
    const strict = { invalidToken: "refuse-request" } as const;
    expect((await askApollo(guard({}), "query Q { open }", rejected, strict)).status).toBe(401);
    expect(reports).toMatchObject([{ coordinate: undefined, reason: "invalid_token", operationName: "Q" }]);
  });

  test("may fail: the refusal holds, the process warns, and says nothing of the error", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const failures = [
      () => {
        throw new RangeError("secret");
      },
      async () => {
        throw "secret";
      },
    ];
    for (const onRefusal of failures) {
      const { data, errors } = await ask(guard({ onRefusal }), "{ one }", anonymous());
      expect([data, errors?.length]).toEqual([{ one: null }, 1]);
    }
    await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(2));
    const texts = warned.mock.calls.map(([text]) => text);
    expect(texts).toEqual([
      "onRefusal failed (RangeError), and a refusal was not recorded.",
      "onRefusal failed (string), and a refusal was not recorded.",
    ]);
    warned.mockRestore();
  });
});
