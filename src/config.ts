import * as v from "valibot";
import { type IssuerOptions, parseIssuer } from "./authentication/issuer.ts";
import { ConfigError } from "./config-error.ts";
import { type Limits, readLimits } from "./limits.ts";
import {
  addresses,
  atLeastOne,
  commaSeparated,
  contentOfFile,
  type Environment,
  fixedPort,
  number,
  origins,
  port,
  publicUrl,
  readVariables,
  redisUrl,
  spaceSeparated,
  text,
} from "./variable-forms.ts";

/** Everything that can be set from outside, checked. */
export interface Config {
  readonly isProduction: boolean;
  readonly host: string;
  readonly port: number;
  /** Where clients reach this API: its resource identifier (RFC 9728). */
  readonly publicUrl: string;
  /** Origins allowed by CORS. */
  readonly clientOrigins: readonly string[];
  readonly logLevel: (typeof logLevels)[number];
  readonly invalidToken: (typeof invalidTokenModes)[number];
  readonly dpop: (typeof dpopModes)[number];
  /** Whose tokens are accepted. */
  readonly issuer: IssuerOptions;
  /** Where, on loopback, the local identity provider is to run; undefined: it is not. */
  readonly localProviderPort: number | undefined;
  /** The public client as which the IDE signs people in at the provider; undefined: it does not. */
  readonly ideClientId: string | undefined;
  /** The addresses and networks (CIDR) of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly limits: Limits;
  /** Where Prometheus asks for the metrics; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  /** The Redis that replicas share; undefined: each process remembers for itself. */
  readonly cacheUrl: string | undefined;
  /** Whether the schema is served as a subgraph (Apollo Federation 2). */
  readonly isFederated: boolean;
  /** Whether queries that come again are planned once, instead of executed by graphql-js each time. */
  readonly plansQueries: boolean;
  /** How long requests under way may take to finish once the server is to stop, in milliseconds. */
  readonly shutdownTimeoutMs: number;
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const invalidTokenModes = ["refuse-fields", "refuse-request"] as const;
const dpopModes = ["off", "allowed", "required"] as const;

/** Where the local provider listens unless told otherwise. */
export const defaultLocalProviderPort = 4001;

/** This API's own credentials at the local provider; worth nothing anywhere else. */
const localCredentials = { clientId: "api", clientSecret: "local-development", clientKey: undefined };

const variables = v.object({
  NODE_ENV: v.optional(v.pipe(text, v.check(isProductionOrOther, "is production in small letters, or something else"))),
  HOST: v.optional(text, "127.0.0.1"),
  PORT: v.optional(port, "4000"),
  PUBLIC_URL: v.optional(publicUrl),
  CLIENT_ORIGIN_URL: v.optional(origins),
  LOG_LEVEL: v.optional(v.picklist(logLevels, `must be one of ${logLevels.join(", ")}`), "info"),
  AUTH_INVALID_TOKEN: v.optional(
    v.picklist(invalidTokenModes, `must be one of ${invalidTokenModes.join(", ")}`),
    "refuse-fields",
  ),
  AUTH_DPOP: v.optional(v.picklist(dpopModes, `must be one of ${dpopModes.join(", ")}`), "off"),
  LOCAL_PROVIDER_PORT: v.optional(fixedPort, String(defaultLocalProviderPort)),
  IDE_CLIENT_ID: v.optional(text),
  TRUSTED_PROXIES: v.optional(addresses),
  METRICS_PORT: v.optional(port),
  CACHE_URL: v.optional(redisUrl),
  FEDERATION: v.optional(v.picklist(["off", "on"], "must be off or on"), "off"),
  PLANNED_QUERIES: v.optional(v.picklist(["off", "on"], "must be off or on"), "on"),
  SHUTDOWN_TIMEOUT_MS: v.optional(atLeastOne, "30000"),
  AUTH_ISSUER: v.optional(text),
  AUTH_AUDIENCE: v.optional(commaSeparated),
  AUTH_METHOD: v.optional(text),
  AUTH_JWKS_URI: v.optional(text),
  AUTH_INTROSPECTION_ENDPOINT: v.optional(text),
  AUTH_CLIENT_ID: v.optional(text),
  AUTH_CLIENT_SECRET: v.optional(text),
  AUTH_CLIENT_KEY: v.optional(contentOfFile),
  AUTH_SCOPE_CLAIMS: v.optional(spaceSeparated),
  AUTH_ALGORITHMS: v.optional(spaceSeparated),
  AUTH_TOKEN_PROFILE: v.optional(text),
  AUTH_CLOCK_TOLERANCE_S: v.optional(number),
  AUTH_INTROSPECTION_TTL_S: v.optional(number),
  AUTH_TIMEOUT_MS: v.optional(number),
});

/** The option of the issuer that each variable sets; `parseIssuer` checks them. */
const issuerOptions = {
  AUTH_ISSUER: "issuer",
  AUTH_AUDIENCE: "audience",
  AUTH_METHOD: "method",
  AUTH_JWKS_URI: "jwksUri",
  AUTH_INTROSPECTION_ENDPOINT: "introspectionEndpoint",
  AUTH_CLIENT_ID: "clientId",
  AUTH_CLIENT_SECRET: "clientSecret",
  AUTH_CLIENT_KEY: "clientKey",
  AUTH_SCOPE_CLAIMS: "scopeClaims",
  AUTH_ALGORITHMS: "algorithms",
  AUTH_TOKEN_PROFILE: "tokenProfile",
  AUTH_CLOCK_TOLERANCE_S: "clockToleranceS",
  AUTH_INTROSPECTION_TTL_S: "introspectionTtlS",
  AUTH_TIMEOUT_MS: "timeoutMs",
} as const satisfies Record<string, keyof IssuerOptions>;

/** What only a provider of one's own has. */
const ownProviderOnly = [
  "AUTH_JWKS_URI",
  "AUTH_INTROSPECTION_ENDPOINT",
  "AUTH_CLIENT_ID",
  "AUTH_CLIENT_SECRET",
  "AUTH_CLIENT_KEY",
  "IDE_CLIENT_ID",
] as const;

/** Reads the configuration from environment variables; an empty one counts as unset. Throws a `ConfigError`. */
export function readConfig(environment: Environment): Config {
  const problems = new Map<string, string>();
  const env = readVariables(variables, environment, problems);
  const limits = readLimits(environment, problems);
  const isProduction = env.NODE_ENV === "production";
  const isLocal = env.AUTH_ISSUER === undefined;
  const url = env.PUBLIC_URL ?? `http://${env.HOST.includes(":") ? `[${env.HOST}]` : env.HOST}:${env.PORT}`;

  if (env.PUBLIC_URL === undefined && !problems.has("PUBLIC_URL")) {
    if (env.PORT === 0)
      problems.set("PUBLIC_URL", "is required with PORT=0, which does not tell where the API will be");
    if (!URL.canParse(url)) problems.set("HOST", "must be a host name or an IP address, or PUBLIC_URL must be set");
  }
  if (env.METRICS_PORT !== undefined && env.METRICS_PORT === env.PORT && env.PORT > 0)
    problems.set("METRICS_PORT", "must differ from PORT: the metrics are not for the API's callers");
  if (isLocal && isProduction) {
    problems.set("AUTH_ISSUER", "is required in production: the issuer URL of your identity provider");
  } else if (isLocal) {
    if (env.PORT === env.LOCAL_PROVIDER_PORT) problems.set("LOCAL_PROVIDER_PORT", "must differ from PORT");
    for (const name of ownProviderOnly.filter((variable) => env[variable] !== undefined)) {
      problems.set(name, "needs AUTH_ISSUER, the provider it belongs to");
    }
  }
  const own = toIssuerOptions(env);
  const local = { audience: [url], ...own, ...localCredentials, issuer: `http://127.0.0.1:${env.LOCAL_PROVIDER_PORT}` };
  const issuer = (isLocal && !isProduction ? local : own) as IssuerOptions;
  const result = parseIssuer(issuer);
  for (const { option, message } of result.kind === "invalid" ? result.problems : []) {
    const name = Object.entries(issuerOptions).find(([, value]) => value === option)?.[0] ?? option;
    if (!problems.has(name)) problems.set(name, message);
  }
  if (problems.size > 0) throw new ConfigError([...problems].map(([name, message]) => `${name} ${message}`));
  return {
    isProduction,
    host: env.HOST,
    port: env.PORT,
    publicUrl: url,
    clientOrigins: env.CLIENT_ORIGIN_URL ?? [],
    logLevel: env.LOG_LEVEL,
    invalidToken: env.AUTH_INVALID_TOKEN,
    dpop: env.AUTH_DPOP,
    issuer,
    localProviderPort: isLocal ? env.LOCAL_PROVIDER_PORT : undefined,
    ideClientId: env.IDE_CLIENT_ID,
    trustedProxies: env.TRUSTED_PROXIES ?? [],
    limits,
    metricsPort: env.METRICS_PORT,
    cacheUrl: env.CACHE_URL,
    isFederated: env.FEDERATION === "on",
    plansQueries: env.PLANNED_QUERIES === "on",
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
  };
}

function isProductionOrOther(mode: string): boolean {
  return mode === "production" || mode.toLowerCase() !== "production";
}

function toIssuerOptions(env: v.InferOutput<typeof variables>): Partial<IssuerOptions> {
  return Object.fromEntries(
    Object.entries(issuerOptions).flatMap(([name, option]) => {
      const value = env[name as keyof typeof issuerOptions];
      return value === undefined ? [] : [[option, value]];
    }),
  );
}
