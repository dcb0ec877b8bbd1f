import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { parseIssuer } from "../src/authentication/issuer.ts";
import { type Config, readConfig } from "../src/config.ts";
import { readConfigMessage } from "./support/config-message.ts";

const provider = { AUTH_ISSUER: "https://tenant.example.com/", AUTH_AUDIENCE: "https://api" };

describe("the configuration", () => {
  test("has a default for everything, with the local provider", () => {
    expect(readConfig({})).toEqual<Config>({
      isProduction: false,
      host: "127.0.0.1",
      port: 4000,
      publicUrl: "http://127.0.0.1:4000",
      clientOrigins: [],
      logLevel: "info",
      invalidToken: "refuse-fields",
      dpop: "off",
      localProviderPort: 4001,
      ideClientId: undefined,
      trustedProxies: [],
      limits: {
        depth: 20,
        aliases: 30,
        directives: 50,
        rootFields: 20,
        tokens: 2000,
        bodyBytes: 102_400,
        headersMs: 10_000,
        requestMs: 30_000,
        requestsPerMinute: 6000,
        eventLoopDelayMs: 1000,
      },
      metricsPort: undefined,
      cacheUrl: undefined,
      isFederated: false,
      plansQueries: true,
      shutdownTimeoutMs: 30_000,
      issuer: {
        issuer: "http://127.0.0.1:4001",
        audience: ["http://127.0.0.1:4000"],
        clientId: "api",
        clientSecret: "local-development",
      },
    });
  });

  test("is all read", () => {
    const config = readConfig({
      ...provider,
      NODE_ENV: "production",
      HOST: "::1",
      PORT: "80",
      CLIENT_ORIGIN_URL: "https://a.example.com/, http://localhost:3000",
      LOG_LEVEL: "warn",
      AUTH_INVALID_TOKEN: "refuse-request",
      AUTH_DPOP: "required",
      AUTH_AUDIENCE: "one, two",
      AUTH_METHOD: "introspection",
      AUTH_INTROSPECTION_ENDPOINT: "https://tenant.example.com/introspect",
      AUTH_CLIENT_ID: "id",
      AUTH_CLIENT_SECRET: "secret",
      AUTH_SCOPE_CLAIMS: "scope  roles",
      AUTH_ALGORITHMS: "RS256 ES256",
      AUTH_TOKEN_PROFILE: "rfc9068",
      AUTH_CLOCK_TOLERANCE_S: "0",
      AUTH_INTROSPECTION_TTL_S: "0",
      AUTH_TIMEOUT_MS: "1000",
      IDE_CLIENT_ID: "ide",
      TRUSTED_PROXIES: "10.0.0.0/8, ::1",
      LIMIT_DEPTH: "1",
      LIMIT_ALIASES: "2",
      LIMIT_DIRECTIVES: "3",
      LIMIT_ROOT_FIELDS: "4",
      LIMIT_TOKENS: "5",
      LIMIT_BODY_BYTES: "6",
      LIMIT_HEADERS_MS: "7",
      LIMIT_REQUEST_MS: "8",
      LIMIT_REQUESTS_PER_MINUTE: "9",
      LIMIT_EVENT_LOOP_DELAY_MS: "0",
      METRICS_PORT: "9090",
      CACHE_URL: "rediss://user:secret@redis.example.com:6380/1",
      FEDERATION: "on",
      PLANNED_QUERIES: "off",
      SHUTDOWN_TIMEOUT_MS: "10",
    });
    expect(config).toEqual<Config>({
      isProduction: true,
      host: "::1",
      port: 80,
      publicUrl: "http://[::1]:80",
      clientOrigins: ["https://a.example.com", "http://localhost:3000"],
      logLevel: "warn",
      invalidToken: "refuse-request",
      dpop: "required",
      localProviderPort: undefined,
      ideClientId: "ide",
      trustedProxies: ["10.0.0.0/8", "::1"],
      limits: {
        depth: 1,
        aliases: 2,
        directives: 3,
        rootFields: 4,
        tokens: 5,
        bodyBytes: 6,
        headersMs: 7,
        requestMs: 8,
        requestsPerMinute: 9,
        eventLoopDelayMs: 0,
      },
      metricsPort: 9090,
      cacheUrl: "rediss://user:secret@redis.example.com:6380/1",
      isFederated: true,
      plansQueries: false,
      shutdownTimeoutMs: 10,
      issuer: {
        issuer: provider.AUTH_ISSUER,
        audience: ["one", "two"],
        method: "introspection",
        introspectionEndpoint: "https://tenant.example.com/introspect",
        clientId: "id",
        clientSecret: "secret",
        scopeClaims: ["scope", "roles"],
        algorithms: ["RS256", "ES256"],
        tokenProfile: "rfc9068",
        clockToleranceS: 0,
        introspectionTtlS: 0,
        timeoutMs: 1000,
      },
    });
  });

  test("counts an empty variable as unset", () => {
    expect(readConfig({ PORT: "", AUTH_ISSUER: " ", CLIENT_ORIGIN_URL: "" })).toEqual(readConfig({}));
  });

  test("takes no notice of white space around a value", () => {
    const spaced = Object.fromEntries(Object.entries(provider).map(([name, value]) => [name, ` ${value}\r\n`]));
    expect(readConfig({ ...spaced, NODE_ENV: "production\n" })).toEqual(
      readConfig({ ...provider, NODE_ENV: "production" }),
    );
  });
});

describe("a mistake", () => {
  test.each([
    [{ PORT: "x" }, "PORT must be a number"],
    [{ PORT: "65536" }, "PORT must be a whole number up to 65535"],
    [{ PORT: "0" }, "PUBLIC_URL is required with PORT=0"],
    [{ HOST: "my host" }, "HOST must be a host name"],
    [{ LOCAL_PROVIDER_PORT: "4000" }, "LOCAL_PROVIDER_PORT must differ from PORT"],
    [{ PUBLIC_URL: "api.example.com" }, "PUBLIC_URL must be an http or https URL"],
    [{ PUBLIC_URL: "https://user:secret@api.example.com" }, "PUBLIC_URL must be an http or https URL"],
    [{ NODE_ENV: "Production" }, "NODE_ENV is production in small letters"],
    [{ ...provider, AUTH_AUDIENCE: " , " }, "AUTH_AUDIENCE must name at least one"],
    [{ ...provider, AUTH_ISSUER: "https://tenant.example.com/ x" }, "AUTH_ISSUER must be an https URL"],
    [{ ...provider, AUTH_TIMEOUT_MS: "1500.5" }, "AUTH_TIMEOUT_MS must be a whole number"],
    [{ CLIENT_ORIGIN_URL: "*" }, "CLIENT_ORIGIN_URL must be origins"],
    [{ CLIENT_ORIGIN_URL: "https://a.example.com/path" }, "CLIENT_ORIGIN_URL must be origins"],
    [{ LOG_LEVEL: "loud" }, "LOG_LEVEL must be one of"],
    [{ IDE_CLIENT_ID: "ide" }, "IDE_CLIENT_ID needs AUTH_ISSUER"],
    [{ LOCAL_PROVIDER_PORT: "0" }, "LOCAL_PROVIDER_PORT must not be 0"],
    [{ AUTH_INVALID_TOKEN: "ignore" }, "AUTH_INVALID_TOKEN must be one of"],
    [{ AUTH_DPOP: "on" }, "AUTH_DPOP must be one of off, allowed, required"],
    [{ TRUSTED_PROXIES: "10.0.0.0/33" }, "TRUSTED_PROXIES must be IP addresses or networks"],
    [{ TRUSTED_PROXIES: "proxy" }, "TRUSTED_PROXIES must be IP addresses or networks"],
    [{ LIMIT_DEPTH: "0" }, "LIMIT_DEPTH must not be 0"],
    [{ LIMIT_HEADERS_MS: "30001" }, "LIMIT_HEADERS_MS must not be more than LIMIT_REQUEST_MS"],
    [{ LIMIT_TOKENS: "1.5" }, "LIMIT_TOKENS must be a whole number"],
    [{ LIMIT_REQUEST_MS: "2147483648" }, "LIMIT_REQUEST_MS must be a whole number up to 2147483647"],
    [{ METRICS_PORT: "65536" }, "METRICS_PORT must be a whole number up to 65535"],
    [{ METRICS_PORT: "4000" }, "METRICS_PORT must differ from PORT"],
    [{ CACHE_URL: "http://127.0.0.1" }, "CACHE_URL must be a URL such as redis://"],
    [{ CACHE_URL: "redis://127.0.0.1/cache" }, "CACHE_URL must be a URL such as redis://"],
    [{ CACHE_URL: "redis://:50%off@127.0.0.1" }, "CACHE_URL must be a URL such as redis://"],
    [{ CACHE_URL: "redis://50%off:password@127.0.0.1" }, "CACHE_URL must be a URL such as redis://"],
    [{ FEDERATION: "yes" }, "FEDERATION must be off or on"],
    [{ PLANNED_QUERIES: "no" }, "PLANNED_QUERIES must be off or on"],
    [{ SHUTDOWN_TIMEOUT_MS: "0" }, "SHUTDOWN_TIMEOUT_MS must not be 0"],
    [{ NODE_ENV: "production" }, "AUTH_ISSUER is required in production"],
    [{ ...provider, AUTH_ISSUER: "http://tenant.example.com" }, "AUTH_ISSUER must be an https URL"],
    [{ ...provider, AUTH_ISSUER: "https://tenant.example.com/?x" }, "AUTH_ISSUER must not have a query"],
    [{ AUTH_ISSUER: provider.AUTH_ISSUER }, "AUTH_AUDIENCE is required"],
    [{ ...provider, AUTH_METHOD: "magic" }, "AUTH_METHOD must be jwks or introspection"],
    [{ ...provider, AUTH_METHOD: "introspection" }, "AUTH_CLIENT_ID is required"],
    [{ ...provider, AUTH_JWKS_URI: "http://tenant.example.com/jwks" }, "AUTH_JWKS_URI must be an https URL"],
    [{ ...provider, AUTH_ALGORITHMS: "RS256 HS256" }, "AUTH_ALGORITHMS must be of"],
    [{ ...provider, AUTH_ALGORITHMS: "none" }, "AUTH_ALGORITHMS must be of"],
    [{ ...provider, AUTH_TOKEN_PROFILE: "strict" }, "AUTH_TOKEN_PROFILE must be any or rfc9068"],
    [{ ...provider, AUTH_CLOCK_TOLERANCE_S: "-1" }, "AUTH_CLOCK_TOLERANCE_S must be a number"],
    [{ ...provider, AUTH_TIMEOUT_MS: "0" }, "AUTH_TIMEOUT_MS must be a number from 1"],
    [{ AUTH_CLIENT_SECRET: "hush" }, "AUTH_CLIENT_SECRET needs AUTH_ISSUER"],
  ])("in %j is said in words", (environment, message) => {
    expect(readConfigMessage(environment)).toContain(message);
  });

  test("is listed with all others, each once, without any value", () => {
    const environment = { ...provider, PORT: "hush", AUTH_METHOD: "hush", AUTH_TIMEOUT_MS: "hush", LOG_LEVEL: "hush" };
    const message = readConfigMessage({ ...environment, AUTH_CLIENT_SECRET: "hush", CLIENT_ORIGIN_URL: "hush" });
    expect(message).toContain("has 5 mistakes");
    expect(message.match(/^ {2}- /gm)).toHaveLength(5);
    expect(message).not.toContain("hush");
  });

  test.each([
    [{ NODE_ENV: "production" }, ["AUTH_ISSUER", "AUTH_AUDIENCE"]],
    [{ NODE_ENV: "production", AUTH_METHOD: "introspection" }, ["AUTH_ISSUER", "AUTH_CLIENT_ID", "AUTH_CLIENT_SECRET"]],
    [
      { AUTH_ISSUER: "https://a", AUTH_TOKEN_PROFILE: "x", AUTH_METHOD: "y" },
      ["AUTH_METHOD", "AUTH_TOKEN_PROFILE", "AUTH_AUDIENCE"],
    ],
  ])("does not hide another: %j", (environment, names) => {
    const named = readConfigMessage(environment).match(/(?<=^ {2}- )[A-Z_]+/gm);
    expect(named).toEqual(names);
  });

  test.each(["http://localhost:8080", "http://127.0.0.1:1", "http://127.9.9.9/x", "http://[::1]:1"])(
    "is not made by the loopback issuer %s, in production either",
    (issuer) => {
      expect(readConfig({ ...provider, NODE_ENV: "production", AUTH_ISSUER: issuer }).issuer.issuer).toBe(issuer);
    },
  );
});

test(".env.example names every variable with its default", () => {
  const example = parseEnv(readFileSync(new URL("../.env.example", import.meta.url), "utf8")) as Record<string, string>;
  const config = readConfig(example);
  expect({ ...config, issuer: parseIssuer(config.issuer) }).toEqual({
    ...readConfig({}),
    issuer: parseIssuer(readConfig({}).issuer),
  });
  const read = (file: string): string => readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
  const source = read("config.ts") + read("limits.ts");
  const names = new Set(source.match(/^ {2}[A-Z][A-Z_]+(?=:)/gm)?.map((name) => name.trim()));
  names.delete("NODE_ENV");
  expect(Object.keys(example).toSorted()).toEqual([...names].toSorted());
});
