import type { ServerOptions } from "node:http";
import type { ApolloServerPlugin } from "@apollo/server";
import createFastify, { type FastifyInstance } from "fastify";
import type { GraphQLSchema } from "graphql";
import { createAuthenticator } from "../authentication/authenticator.ts";
import { type Clock, systemClock } from "../authentication/clock.ts";
import { askProvider, type ProviderClient } from "../authentication/provider-client.ts";
import { findGuarded } from "../authorization/guard.ts";
import type { Config } from "../config.ts";
import type { Limits } from "../limits.ts";
import type { ConnectionOptions } from "../shared-cache/connection.ts";
import type { SharedCache } from "../shared-cache/shared-cache.ts";
import type { ServerContext } from "./context.ts";
import { registerCors } from "./cors.ts";
import { createDrain } from "./drain.ts";
import { registerGraphQL, toGraphQLUrl } from "./graphql.ts";
import { type Phase, registerHealth } from "./health.ts";
import { createBrokenRequests, registerHttpErrors } from "./http-errors.ts";
import { registerIde } from "./ide.ts";
import type { IdeSignIn } from "./ide-page.ts";
import type { IdeTokens } from "./ide-tokens.ts";
import { createLoggerOptions, type LogStream } from "./logger-options.ts";
import { isEveryAddress, registerMetadata, toMetadataUrl } from "./metadata.ts";
import { createMetricsServer } from "./metrics-server.ts";
import { createRateLimit } from "./rate-limit.ts";
import { createLocalCounts, createSharedCounts } from "./request-counts.ts";
import { createRequestIds } from "./request-ids.ts";
import { createLogController } from "./request-log.ts";
import { traceAuthenticator, traceProvider } from "./traces.ts";
import { registerUnderPressure } from "./under-pressure.ts";
import { createUnknownTokens } from "./unknown-tokens.ts";

/** What a server is made of. */
export interface AppOptions {
  readonly config: Config;
  /** Guarded by `authDirectives().transformer`. */
  readonly schema: GraphQLSchema;
  /** Default: the system's clocks. */
  readonly clock?: Clock;
  /** Default: HTTP. */
  readonly askProvider?: ProviderClient;
  /** Default: standard output. */
  readonly logStream?: LogStream | undefined;
  /** Whose tokens the IDE can send without being given one. Default: nobody's. In production there is no IDE. */
  readonly ideTokens?: IdeTokens;
  /** Plugins of Apollo Server beside this server's own. */
  readonly plugins?: readonly ApolloServerPlugin<ServerContext>[];
}

/** A server that is not listening yet. */
export interface App {
  readonly fastify: FastifyInstance;
  /** Starts to listen where the configuration says; resolves to the server's address. */
  readonly listen: () => Promise<string>;
  /** Refuses new connections, answers what comes on old ones, and closes. */
  readonly stop: () => Promise<void>;
}

/** Room for an Authorization header that is too long, so that it is refused in words and not by a closed connection. */
const maxHeaderBytes = 32 * 1024;

/** Puts the server together: who calls is `authentication`'s answer, what they get is the schema's. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, schema, clock = systemClock, askProvider: ask = askProvider, logStream } = options;
  let phase: Phase = "starting";
  let stopped: Promise<void> | undefined;
  // Loaded on demand, as all that only some servers need: modules are most of what a start takes.
  const metrics = config.metricsPort === undefined ? undefined : (await import("./metrics.ts")).createMetrics();
  const metricsServer = metrics && createMetricsServer(metrics.registry);
  const fastify = createFastify({
    // Without Fastify's own, which take a tenth of a start.
    schemaController: { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } },
    logger: createLoggerOptions(config.logLevel, logStream),
    logController: createLogController(metrics?.observe),
    genReqId: createRequestIds(),
    // One for all requests, as to make each its own takes longer than most of what is done for one.
    childLoggerFactory: (logger) => logger,
    bodyLimit: config.limits.bodyBytes,
    http: { maxHeaderSize: maxHeaderBytes, ...toTimeouts(config.limits) },
    requestTimeout: config.limits.requestMs,
    return503OnClosing: false,
    trustProxy: config.trustedProxies.length > 0 && [...config.trustedProxies],
    ...createBrokenRequests(metrics?.countUnreadable),
  });
  const cache = await connectToCache(config, fastify.log, clock);
  const authenticator = createAuthenticator({
    issuers: [config.issuer],
    dpop: { mode: config.dpop, url: toGraphQLUrl(config.publicUrl), replayStore: cache?.replays },
    answerStore: cache?.answers,
    logger: fastify.log,
    clock,
    askProvider: traceProvider(metrics?.measure(ask) ?? ask),
  });
  const authenticate = traceAuthenticator(authenticator);
  metrics?.addAuthenticator(authenticator.readState);
  if (cache !== undefined) metrics?.addSharedCache(cache.readState);

  const drain = createDrain(fastify, config.shutdownTimeoutMs);

  registerHttpErrors(fastify);
  await registerCors(fastify, config);
  const isOverloaded = await registerUnderPressure(fastify, config.limits.eventLoopDelayMs);
  registerHealth(fastify, () => (phase === "ready" && isOverloaded() ? "overloaded" : phase));
  registerMetadata(fastify, {
    publicUrl: config.publicUrl,
    issuers: [config.issuer.issuer],
    scopes: listScopes(schema),
    dpop: config.dpop,
  });
  const sendIde = config.isProduction
    ? undefined
    : registerIde(fastify, { tokens: options.ideTokens, signIn: toSignIn(config, schema) });
  const apollo = await registerGraphQL(fastify, {
    schema,
    authenticate,
    countRequest: createRateLimit({
      ...config.limits,
      count: cache ? createSharedCounts(cache.count, clock) : createLocalCounts(clock),
      // A signature is checked here, and costs nobody else anything.
      unknownTokens: config.issuer.method === "introspection" ? createUnknownTokens(clock) : undefined,
    }),
    limits: config.limits,
    isProduction: config.isProduction,
    sendIde,
    invalidToken: config.invalidToken,
    plansQueries: config.plansQueries,
    resourceMetadata: toMetadataUrl(config.publicUrl),
    dpop: config.dpop,
    persistedQueries: cache?.queries,
    plugins: options.plugins,
  });

  return {
    fastify,
    listen: async () => {
      // First: who cannot be watched does not begin to serve.
      const metricsUrl = await metricsServer?.listen(config.host, config.metricsPort ?? 0);
      if (metricsUrl !== undefined) fastify.log.info({}, `Metrics at ${metricsUrl}`);
      const address = await fastify.listen({ host: config.host, port: config.port });
      phase = "ready";
      if (config.isProduction && isEveryAddress(config.publicUrl)) fastify.log.warn({}, toWarning(config.publicUrl));
      // Not waited for: the server answers while its provider does not.
      void authenticate.prepare();
      return address;
    },
    stop: () => {
      phase = "draining";
      stopped ??= drain()
        .then(() => apollo.stop())
        .then(() => cache?.stop())
        .finally(() => metricsServer?.stop());
      return stopped;
    },
  };
}

function toWarning(publicUrl: string): string {
  return `Set PUBLIC_URL to where clients reach this API: they are told that it is at ${publicUrl}, and DPoP proofs fail.`;
}

function toTimeouts({ headersMs, requestMs }: Limits): ServerOptions {
  return {
    headersTimeout: headersMs,
    // Node wants it to be the longer one, even before Fastify sets it.
    requestTimeout: requestMs,
    // How often Node looks for what is overdue: every 30 seconds, unless it is told.
    connectionsCheckingInterval: Math.min(headersMs, 1000),
  };
}

async function connectToCache(
  { cacheUrl }: Config,
  logger: ConnectionOptions["logger"],
  clock: Clock,
): Promise<SharedCache | undefined> {
  if (cacheUrl === undefined) return undefined;
  // Loaded on demand: a process that shares nothing needs no client for it.
  const { createSharedCache } = await import("../shared-cache/shared-cache.ts");
  return createSharedCache({ url: cacheUrl, logger, clock });
}

function toSignIn({ ideClientId, issuer }: Config, schema: GraphQLSchema): IdeSignIn | undefined {
  if (ideClientId === undefined) return undefined;
  const [audience] = [issuer.audience ?? []].flat();
  return { issuer: issuer.issuer, clientId: ideClientId, audience, scopes: listScopes(schema) };
}

/** Every scope that the schema asks for, in alphabetical order. */
function listScopes(schema: GraphQLSchema): readonly string[] {
  const requirements = [...(findGuarded(schema)?.policy.requirements.values() ?? [])];
  return [...new Set(requirements.flatMap(({ alternatives }) => alternatives.flat()))].toSorted();
}

function refuseSchemas(): never {
  throw new Error("Routes have no JSON schemas here: what they get and answer is GraphQL's matter.");
}
