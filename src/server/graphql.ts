import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from "graphql";
import type { Authenticator } from "../authentication/authenticator.ts";
import { type AuthPluginOptions, authPlugin } from "../authorization/plugin.ts";
import type { PersistedQueries } from "../shared-cache/persisted-queries.ts";
import { createContext, type ServerContext } from "./context.ts";
import { isIdeRequest, type SendIde } from "./ide.ts";
import { type OperationLimits, toLimitingOptions, toReadableError } from "./operation-limits.ts";
import { createPreparedOperations } from "./prepared-operations.ts";
import type { CountRequest } from "./rate-limit.ts";
import { findRecord, recordPlugin } from "./request-record.ts";
import { traceExecution, tracePolicy, traceRequest } from "./traces.ts";

/** How GraphQL is served. */
export interface GraphQLOptions extends AuthPluginOptions {
  readonly schema: GraphQLSchema;
  readonly authenticate: Authenticator;
  /** Stops requests of a caller that sends too many. */
  readonly countRequest: CountRequest;
  readonly limits: OperationLimits;
  /** In production the schema cannot be introspected. */
  readonly isProduction: boolean;
  /** What a browser is answered that only looks; undefined: as any other client. */
  readonly sendIde: SendIde | undefined;
  /** Whether queries that come again are planned once. */
  readonly plansQueries: boolean;
  /** Where persisted queries are kept; undefined: in this process. */
  readonly persistedQueries: PersistedQueries | undefined;
  /** Called after those of this server. With any, every request passes Apollo Server, which takes several times as long. */
  readonly plugins?: readonly ApolloServerPlugin<ServerContext>[] | undefined;
}

/**
 * Where clients reach GraphQL: at `/graphql` below the public URL, which may have a path that a proxy takes away, or
 * may itself be the one of GraphQL.
 */
export function toGraphQLUrl(publicUrl: string): string {
  const base = publicUrl.replace(/\/+$/, "");
  return base.endsWith("/graphql") ? base : `${base}/graphql`;
}

/** Serves GraphQL over HTTP at `/graphql`. Resolves to the Apollo Server, which is started and to be stopped. */
export async function registerGraphQL(
  fastify: FastifyInstance,
  options: GraphQLOptions,
): Promise<ApolloServer<ServerContext>> {
  const { schema, authenticate, countRequest, limits, isProduction, sendIde, persistedQueries, ...more } = options;
  const { plugins = [], plansQueries, ...refusals } = more;
  const limiting = toLimitingOptions(limits);
  const formatError = (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const masked = maskUnexpected(fastify, formatted, error);
    // First, as what is shortened no longer shows where its suggestion ends.
    return toReadableError(isProduction ? withoutSuggestion(masked) : masked);
  };
  const prepared =
    plugins.length === 0
      ? createPreparedOperations({ schema, plansQueries, formatError, ...refusals, ...limiting })
      : undefined;
  const apollo = new ApolloServer<ServerContext>({
    schema,
    ...limiting,
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    ...(persistedQueries && { persistedQueries: { cache: persistedQueries } }),
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: fastify.log,
    formatError,
    // What one of these does for every request is to be done by `prepared` too, which answers most of them.
    plugins: [
      recordPlugin(),
      tracePolicy(authPlugin(refusals)),
      traceExecution(),
      ...(prepared ? [prepared.plugin] : []),
      ApolloServerPluginLandingPageDisabled(),
      // Nothing here may be cached by others, and it makes large answers slower.
      ApolloServerPluginCacheControlDisabled(),
      // Of a subgraph, it tells whoever asks with a header how long each field took.
      ApolloServerPluginInlineTraceDisabled(),
      ...plugins,
    ],
  });
  await apollo.start();

  const handle = fastifyApolloHandler(apollo, { context: createContext });
  fastify.decorateRequest("authentication", undefined);
  fastify.all("/graphql", function serveGraphQL(request, reply) {
    checkHost(request);
    if (sendIde !== undefined && isIdeRequest(request)) return sendIde(request, reply);
    return traceRequest(request, reply, async () => {
      countRequest.refuseUnknown(request, reply);
      // First, as who calls decides whose count it is. Calls to the provider have a cap of their own.
      request.authentication = await authenticate(request.raw);
      const counting = countRequest(request, reply);
      if (counting !== undefined) await counting;
      const answer = prepared?.answer(request, reply);
      if (answer !== undefined) return answer;
      const answered = await handle.call(this, request, reply);
      prepared?.learnAnswer(request, reply);
      return answered;
    });
  });
  return apollo;
}

/** The last ones that were valid: as good as every request has the same. */
let valid = { protocol: "http", host: "localhost" };

/** The integration makes a URL of the Host header, and fails where that cannot be done. Nothing else here reads it. */
function checkHost(request: FastifyRequest): void {
  // HTTP/1.0 need not have one.
  request.headers.host ??= "localhost";
  // Behind a proxy that is trusted the scheme is a header's too.
  const { protocol, host } = request;
  if (host === valid.host && protocol === valid.protocol) return;
  if (!/^https?$/.test(protocol) || !URL.canParse(`${protocol}://${request.hostname}/`)) {
    throw Object.assign(new Error("The Host header is not valid."), { statusCode: 400, code: "BAD_HOST" });
  }
  valid = { protocol, host };
}

/**
 * graphql-js suggests names of the schema for values of variables too, where Apollo does not hide them. A resolver's own
 * error is left as it is.
 */
function withoutSuggestion(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { message, path } = formatted;
  // No regular expression: the message repeats values of any length, which one with two ends would search many times.
  const start = path === undefined && message.endsWith("?") ? message.indexOf(" Did you mean ") : -1;
  return start === -1 ? formatted : { ...formatted, message: message.slice(0, start) };
}

/** A resolver's own GraphQLError is meant for the client; what else goes wrong in one is for the log only. */
function maskUnexpected(
  fastify: FastifyInstance,
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const original = unwrapResolverError(error);
  if (formatted.extensions?.["code"] !== "INTERNAL_SERVER_ERROR" || original instanceof GraphQLError) return formatted;
  const record = findRecord(Object(error));
  if (record !== undefined) record.failures += 1;
  const line = { requestId: record?.id, err: original, path: formatted.path };
  fastify.log.error(line, "An operation failed in the server.");
  return { ...formatted, message: "The server failed to answer this." };
}
