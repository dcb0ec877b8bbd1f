import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createApp } from "../../src/server/app.ts";
import { createSchema } from "../../src/server/schema.ts";
import { audience, startProvider, type TestProvider } from "../support/provider.ts";
import { type Answer, readAnswer, startServer, type TestServer } from "../support/server.ts";

const origins = ["https://app.example.com", "http://localhost:5173"];

let provider: TestProvider;
/** In production, behind a proxy that gives it a path, for browsers of two origins. */
let production: TestServer;
/** As a developer starts it. */
let development: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  const env = {
    NODE_ENV: "production",
    PUBLIC_URL: "https://example.com/messages/v1",
    CLIENT_ORIGIN_URL: `${origins[0]}, ${origins[1]}/`,
  };
  production = await startServer({ issuer: provider.issuer, env });
  development = await startServer({ issuer: provider.issuer });
});
afterAll(async () => {
  await development.stop();
  await production.stop();
  await provider.stop();
});

async function send(server: TestServer, path: string, init: RequestInit = {}): Promise<Answer> {
  return readAnswer(await fetch(`${server.url}${path}`, init));
}

/** The comma-separated values of a header, in lower case. */
function listValues({ headers }: Answer, name: string): string[] {
  return (headers.get(name) ?? "")
    .toLowerCase()
    .split(",")
    .map((value) => value.trim());
}

function listCorsHeaders({ headers }: Answer): string[] {
  return [...headers.keys()].filter((name) => name.startsWith("access-control-"));
}

async function preflight(server: TestServer, origin: string): Promise<Answer> {
  const headers = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };
  return send(server, "/graphql", { method: "OPTIONS", headers });
}

describe("CORS", () => {
  const query = "{ privateMessage { message } }";

  test.each(origins)("lets %s send a token, and no cookies", async (origin) => {
    const answer = await preflight(production, origin);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(listValues(answer, "access-control-allow-headers")).toEqual(
      expect.arrayContaining(["authorization", "content-type", "apollo-require-preflight"]),
    );
    expect(listValues(answer, "access-control-allow-methods")).toContain("post");
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
  });

  test.each(origins)("lets %s read the challenge and when to try again", async (origin) => {
    const answer = await production.query(query, { headers: { origin } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(listValues(answer, "access-control-expose-headers")).toEqual(
      expect.arrayContaining(["www-authenticate", "retry-after"]),
    );
    expect(listValues(answer, "vary")).toContain("origin");
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
  });

  test.each([
    "https://evil.example.com",
    "https://app.example.com.evil.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "null",
  ])("does not allow the origin %s", async (origin) => {
    expect((await preflight(production, origin)).headers.has("access-control-allow-origin")).toBe(false);
    const { headers } = await production.query(query, { headers: { origin } });
    expect(headers.has("access-control-allow-origin")).toBe(false);
    expect(headers.has("access-control-allow-credentials")).toBe(false);
  });

  test("allows no origin when none is configured", async () => {
    for (const origin of origins) {
      expect(listCorsHeaders(await preflight(development, origin))).toEqual([]);
      expect(listCorsHeaders(await development.query(query, { headers: { origin } }))).toEqual([]);
    }
  });
});

describe("the health routes", () => {
  test.each([
    ["/health/live", "live"],
    ["/health/ready", "ready"],
  ])("%s answers 200 while the server listens", async (path, status) => {
    const answer = await send(production, path);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status });
  });

  test("are 200 for live and 503 for ready before the server listens", async () => {
    const config = readConfig({
      PORT: "0",
      PUBLIC_URL: "http://api.example.com",
      AUTH_ISSUER: provider.issuer,
      AUTH_AUDIENCE: audience,
    });
    const app = await createApp({ config, schema: createSchema(), logStream: { write: () => {} } });
    onTestFinished(app.stop);
    expect((await app.fastify.inject("/health/live")).statusCode).toBe(200);
    expect((await app.fastify.inject("/health/ready")).statusCode).toBe(503);
    const url = await app.listen();
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  test("do not depend on the provider", async () => {
    const server = await startServer({ issuer: "http://127.0.0.1:1" });
    onTestFinished(server.stop);
    expect((await send(server, "/health/ready")).status).toBe(200);
  });
});

describe("the metadata of the protected resource", () => {
  const wellKnown = "/.well-known/oauth-protected-resource";

  test("name the resource, its authorization server, the scopes of the schema, and how to send a token", async () => {
    const { status, headers, body } = await send(development, wellKnown);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/^application\/json(;|$)/);
    expect(body).toEqual({
      resource: "http://api.example.com",
      authorization_servers: [provider.issuer],
      scopes_supported: ["read:admin-messages"],
      bearer_methods_supported: ["header"],
    });
  });

  test("are where RFC 9728 puts those of a resource with a path, and at the root", async () => {
    for (const path of [`${wellKnown}/messages/v1`, wellKnown]) {
      const { status, body } = await send(production, path);
      expect(status).toBe(200);
      expect(body.resource).toBe("https://example.com/messages/v1");
    }
  });

  test("are where the challenge says", async () => {
    const { headers } = await production.query("{ privateMessage { message } }");
    expect(headers.get("www-authenticate")).toContain(
      `resource_metadata="https://example.com${wellKnown}/messages/v1"`,
    );
  });

  test("are not at the path of another resource", async () => {
    expect((await send(development, `${wellKnown}/messages/v1`)).status).toBe(404);
  });
});

describe("what helps developers", () => {
  const browser = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };
  const introspections = ["{ __schema { queryType { name } } }", '{ __type(name: "Query") { name } }'];

  test.each(["/", "/graphql"])("the IDE is at %s outside production", async (path) => {
    const { status, headers, text } = await send(development, path, browser);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(text).toMatch(/^<!doctype html>/);
  });

  test("everything that the IDE's page loads is served by this server", async () => {
    const { text } = await send(development, "/", browser);
    const paths = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, path]) => path ?? []);
    const loaded = paths.filter((path) => !path.startsWith("data:"));
    expect(loaded.length).toBeGreaterThan(0);
    for (const path of loaded) {
      expect(path).toMatch(/^\/ide\//);
      expect((await send(development, path)).status).toBe(200);
    }
  });

  test.each(["/", "/graphql", "/ide/main.js", "/ide/graphiql.js"])("no IDE is at %s in production", async (path) => {
    const { status, headers, text } = await send(production, path, browser);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get("content-type")).toMatch(/^application\/json(;|$)/);
    expect(text).not.toMatch(/<!doctype|<script|graphiql/i);
  });

  test.each(introspections)("%s is answered outside production and refused in it", async (query) => {
    expect((await development.query(query)).body.errors).toBeUndefined();
    const { status, body } = await production.query(query);
    expect(status).toBe(400);
    expect(body).not.toHaveProperty("data");
  });

  test.each([
    "{ privateMesage { message } }",
    "{ publicMessage { mesage } }",
    "query ($text: Strin) { publicMessage { message } }",
    "{ publicMessage { ... on Mesage { message } } }",
  ])("%s is corrected outside production and only refused in it", async (query) => {
    expect((await development.query(query)).text).toContain("Did you mean");
    const { status, text } = await production.query(query);
    expect(status).toBe(400);
    expect(text).not.toContain("Did you mean");
  });
});
