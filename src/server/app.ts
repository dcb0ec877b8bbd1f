import cors, { type FastifyCorsOptions } from "@fastify/cors";
import createFastify, { type FastifyInstance, LogController } from "fastify";
import type { GraphQLSchema } from "graphql";
import { createAuthenticator } from "../authentication/authenticator.ts";
import { type Clock, systemClock } from "../authentication/clock.ts";
import { askProvider, type ProviderClient } from "../authentication/provider-client.ts";
import { findGuarded } from "../authorization/guard.ts";
import type { Config } from "../config.ts";
import { createDrain } from "./drain.ts";
import { registerGraphQL, toGraphQLUrl } from "./graphql.ts";
import { type Phase, registerHealth } from "./health.ts";
import { brokenRequests, registerHttpErrors } from "./http-errors.ts";
import { registerIde } from "./ide.ts";
import type { IdeSignIn } from "./ide-page.ts";
import type { IdeTokens } from "./ide-tokens.ts";
import { registerMetadata, toMetadataUrl } from "./metadata.ts";

/** What a server is made of. */
export interface AppOptions {
  readonly config: Config;
  /** Guarded by `authDirectives().transformer`. */
  readonly schema: GraphQLSchema;
  /** Default: the system's clocks. */
  readonly clock?: Clock;
  /** Default: HTTP. */
  readonly askProvider?: ProviderClient;
  /** Where log lines go, one JSON object each. Default: standard output. */
  readonly logStream?: { readonly write: (line: string) => void };
  /** Whose tokens the IDE can send without being given one. Default: nobody's. In production there is no IDE. */
  readonly ideTokens?: IdeTokens;
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

/** What browsers may do from the configured origins. Cookies mean nothing here. */
const corsOptions = {
  credentials: false,
  methods: ["GET", "POST"],
  allowedHeaders: ["Authorization", "Content-Type", "Apollo-Require-Preflight", "X-Apollo-Operation-Name"],
  exposedHeaders: ["WWW-Authenticate", "Retry-After"],
  maxAge: 600,
  strictPreflight: false,
} satisfies FastifyCorsOptions;

/** Puts the server together: who calls is `authentication`'s answer, what they get is the schema's. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, schema, clock = systemClock, askProvider: ask = askProvider, logStream } = options;
  let phase: Phase = "starting";
  let stopped: Promise<void> | undefined;
  const fastify = createFastify({
    logger: { level: config.logLevel, ...(logStream && { stream: logStream }) },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.limits.bodyBytes,
    http: { maxHeaderSize: maxHeaderBytes, headersTimeout: config.limits.headersMs },
    requestTimeout: config.limits.requestMs,
    return503OnClosing: false,
    trustProxy: config.trustedProxies.length > 0 && [...config.trustedProxies],
    ...brokenRequests,
  });
  const authenticate = createAuthenticator({
    issuers: [config.issuer],
    dpop: { mode: config.dpop, url: toGraphQLUrl(config.publicUrl) },
    logger: fastify.log,
    clock,
    askProvider: ask,
  });

  const drain = createDrain(fastify, config.shutdownTimeoutMs);

  registerHttpErrors(fastify);
  if (config.clientOrigins.length > 0) {
    const allowedHeaders = [...corsOptions.allowedHeaders, ...(config.dpop === "off" ? [] : ["DPoP"])];
    await fastify.register(cors, { ...corsOptions, allowedHeaders, origin: [...config.clientOrigins] });
  }
  registerHealth(fastify, () => phase);
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
    isProduction: config.isProduction,
    sendIde,
    invalidToken: config.invalidToken,
    resourceMetadata: toMetadataUrl(config.publicUrl),
    dpop: config.dpop,
  });

  return {
    fastify,
    listen: async () => {
      const address = await fastify.listen({ host: config.host, port: config.port });
      phase = "ready";
      // Not waited for: the server answers while its provider does not.
      void authenticate.prepare();
      return address;
    },
    stop: () => {
      phase = "draining";
      stopped ??= drain().then(() => apollo.stop());
      return stopped;
    },
  };
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
