import { buildSubgraphSchema } from "@apollo/subgraph";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { parse } from "graphql";
import { onTestFinished } from "vitest";
import { type AuthDirectivesOptions, authDirectives } from "../../src/authorization/guard.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { type AppOptions, createApp } from "../../src/server/app.ts";
import { recordRefusal } from "../../src/server/request-record.ts";
import { createSchema, createSubgraphSchema } from "../../src/server/schema.ts";
import { audience } from "./provider.ts";

/** What the server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
  readonly text: string;
}

/** What a test may send beside the query. */
interface QueryOptions {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The server under test, listening on a port of its own. */
export interface TestServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Every log line so far. */
  readonly logs: readonly string[];
  readonly query: (query: string, options?: QueryOptions) => Promise<Answer>;
  readonly stop: () => Promise<void>;
}

/** A server to start: by default this API's own schema, with tokens of `issuer` for the tests' audience. */
export interface TestServerOptions extends Pick<AppOptions, "clock" | "askProvider" | "ideTokens" | "plugins"> {
  readonly issuer: string;
  readonly typeDefs?: string;
  readonly resolvers?: NonNullable<Parameters<typeof makeExecutableSchema>[0]["resolvers"]>;
  /** How `typeDefs` are guarded. */
  readonly directives?: AuthDirectivesOptions;
  /** Environment variables, over those that name the issuer and the audience. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the server; whoever starts it stops it. */
export async function startServer({
  issuer,
  typeDefs,
  resolvers,
  directives,
  env,
  ...rest
}: TestServerOptions): Promise<TestServer> {
  const logs: string[] = [];
  const config: Config = readConfig({
    PORT: "0",
    PUBLIC_URL: "http://api.example.com",
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: audience,
    // A test's own work, in this process, is not what the server is to turn requests away for.
    LIMIT_EVENT_LOOP_DELAY_MS: "0",
    ...env,
  });
  const schema = await createTestSchema(config, { typeDefs, resolvers, directives });
  const app = await createApp({ config, schema, logStream: { write: (line) => logs.push(line) }, ...rest });
  const url = await app.listen();
  return { url, logs, query: (query, options) => post(url, query, options), stop: app.stop };
}

/** Starts the server for one test and stops it when the test is over. */
export async function startServerForTest(options: TestServerOptions): Promise<TestServer> {
  const server = await startServer(options);
  onTestFinished(server.stop);
  return server;
}

type TestSchemaOptions = { readonly [Key in "typeDefs" | "resolvers" | "directives"]: TestServerOptions[Key] };

async function createTestSchema(
  { isFederated }: Config,
  { typeDefs, resolvers = {}, directives }: TestSchemaOptions,
): Promise<AppOptions["schema"]> {
  if (typeDefs === undefined) return isFederated ? createSubgraphSchema() : createSchema();
  const auth = authDirectives({ onRefusal: recordRefusal, ...directives });
  if (!isFederated) return auth.transformer(makeExecutableSchema({ typeDefs: [auth.typeDefs, typeDefs], resolvers }));
  const modules = { typeDefs: [parse(auth.typeDefs), parse(typeDefs)], resolvers };
  return auth.transformer(buildSubgraphSchema(modules as Parameters<typeof buildSubgraphSchema>[0]));
}

async function post(url: string, query: string, { token, headers, variables }: QueryOptions = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    // A server that stops keeps idle connections for a while.
    headers: {
      connection: "close",
      "content-type": "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  return readAnswer(response);
}

export async function readAnswer(response: Response): Promise<Answer> {
  return toAnswer(response.status, response.headers, await response.text());
}

export function toAnswer(status: number, headers: Headers, text: string): Answer {
  return { status, headers, text, body: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
