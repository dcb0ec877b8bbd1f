import { ApolloServer } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from "graphql";
import type { Authenticator } from "../authentication/authenticator.ts";
import { type AuthPluginOptions, authPlugin } from "../authorization/plugin.ts";
import { createContext, type ServerContext } from "./context.ts";
import { isIdeRequest, sendIde } from "./ide.ts";

/** How GraphQL is served. */
export interface GraphQLOptions extends AuthPluginOptions {
  readonly schema: GraphQLSchema;
  readonly authenticate: Authenticator;
  /** In production the schema cannot be introspected and there is no IDE. */
  readonly isProduction: boolean;
}

/** Serves GraphQL over HTTP at `/graphql`. Resolves to the Apollo Server, which stops Fastify when it is stopped. */
export async function registerGraphQL(
  fastify: FastifyInstance,
  options: GraphQLOptions,
): Promise<ApolloServer<ServerContext>> {
  const { schema, authenticate, isProduction, ...refusals } = options;
  const apollo = new ApolloServer<ServerContext>({
    schema,
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: fastify.log,
    formatError: (formatted, error) => maskUnexpected(fastify, formatted, error),
    plugins: [
      authPlugin(refusals),
      fastifyApolloDrainPlugin(fastify),
      ApolloServerPluginLandingPageDisabled(),
      // Nothing here may be cached by others, and it makes large answers slower.
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
  await apollo.start();

  const handle = fastifyApolloHandler(apollo, { context: (request) => createContext(authenticate, request.raw) });
  fastify.all("/graphql", async function serveGraphQL(request, reply) {
    if (!isProduction && isIdeRequest(request)) return sendIde(reply);
    return handle.call(this, request, reply);
  });
  return apollo;
}

/** A resolver's own GraphQLError is meant for the client; what else goes wrong in one is for the log only. */
function maskUnexpected(
  fastify: FastifyInstance,
  formatted: GraphQLFormattedError,
  error: unknown,
): GraphQLFormattedError {
  const original = unwrapResolverError(error);
  if (formatted.extensions?.["code"] !== "INTERNAL_SERVER_ERROR" || original instanceof GraphQLError) return formatted;
  fastify.log.error({ err: original, path: formatted.path }, "An operation failed in the server.");
  return { ...formatted, message: "The server failed to answer this." };
}
