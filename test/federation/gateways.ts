import { createRequire } from "node:module";
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import type { ExecutionResult } from "graphql";
import { createAuthenticator } from "../../src/authentication/authenticator.ts";
import { audience } from "../support/provider.ts";
import type { Graph } from "./graph.ts";

/** A gateway before the graph, which forwards its callers' tokens. */
export interface Gateway {
  readonly ask: (query: string, token?: string) => Promise<ExecutionResult>;
  readonly stop: () => Promise<unknown>;
}

/** The supergraph that `@apollo/composition` makes of what the subgraphs answer over HTTP. */
export async function compose({ subgraphs }: Graph): Promise<string> {
  const { supergraphSdl } = await new IntrospectAndCompose({ subgraphs: [...subgraphs] }).initialize({
    update: () => undefined,
    healthCheck: async () => undefined,
    getDataSource: ({ url }) => new RemoteGraphQLDataSource({ ...(url !== undefined && { url }) }),
  });
  return supergraphSdl;
}

interface Forwarded {
  readonly authorization?: string;
}

/** As deploy/README.md says: it enforces no rule, and passes on what the subgraphs refuse. */
export async function startApolloGateway(supergraph: string): Promise<Gateway> {
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph.replaceAll(", for: SECURITY", ""),
    buildService: ({ url = "" }) =>
      new RemoteGraphQLDataSource<Forwarded>({
        url,
        willSendRequest: ({ request, context }) => {
          if (context.authorization !== undefined) request.http?.headers.set("authorization", context.authorization);
        },
        fetcher: async (address, init) => {
          const response = await fetch(address, init as RequestInit);
          if (response.status !== 401 && response.status !== 403) return response;
          return new Response(response.body, { headers: response.headers });
        },
      }),
  });
  const server = new ApolloServer<Forwarded>({ gateway, includeStacktraceInErrorResponses: false });
  await server.start();
  return {
    ask: async (query, token) => {
      const contextValue = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const { body } = await server.executeOperation({ query }, { contextValue });
      // Over JSON, as a client gets it.
      return JSON.parse(JSON.stringify("singleResult" in body ? body.singleResult : undefined));
    },
    stop: () => server.stop(),
  };
}

/** What is used here of Hive Gateway, whose own types do not compile without `skipLibCheck`. */
interface Hive {
  readonly createGatewayRuntime: (config: {
    readonly supergraph: string;
    readonly logging: false;
    readonly genericAuth: {
      readonly mode: "protect-granular";
      readonly rejectUnauthenticated: false;
      readonly resolveUserFn: (context: { readonly request: Request }) => Promise<{ scope: string[] } | null>;
    };
    readonly propagateHeaders: {
      readonly fromClientToSubgraphs: (given: { readonly request: Request }) => Record<string, string>;
    };
  }) => {
    readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
    readonly dispose: () => Promise<void>;
  };
}

const { createGatewayRuntime }: Hive = createRequire(import.meta.url)("@graphql-hive/gateway-runtime");

/** As deploy/README.md says: it enforces the rules of the supergraph itself. */
export function startHiveGateway(supergraph: string, { stage }: Graph): Gateway {
  const issuers = [{ issuer: stage.provider.issuer, audience }];
  const authenticate = createAuthenticator({ issuers, clock: stage.clock });
  const readAuthorization = ({ headers }: Request): Record<string, string> => {
    const authorization = headers.get("authorization");
    return authorization === null ? {} : { authorization };
  };
  const gateway = createGatewayRuntime({
    supergraph,
    logging: false,
    genericAuth: {
      mode: "protect-granular",
      rejectUnauthenticated: false,
      resolveUserFn: async ({ request }) => {
        const caller = await authenticate({ headers: readAuthorization(request) });
        return caller.kind === "authenticated" ? { scope: [...caller.principal.scopes] } : null;
      },
    },
    propagateHeaders: { fromClientToSubgraphs: ({ request }) => readAuthorization(request) },
  });
  return {
    ask: async (query, token) => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const headers = { "content-type": "application/json", ...authorization };
      const response = await gateway.fetch("http://gateway.test/graphql", {
        method: "POST",
        headers,
        body: JSON.stringify({ query }),
      });
      return (await response.json()) as ExecutionResult;
    },
    stop: () => gateway.dispose(),
  };
}
