import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { createExpectedRefusal, toSeenRefusal } from "./refusal.ts";

// Auth0's "Hello World API": its .env names CLIENT_ORIGIN_URL, AUTH0_AUDIENCE and AUTH0_DOMAIN.
const clientOriginUrl = "http://localhost:4040";
const auth0Audience = "https://hello-world.example.com";

const typeDefs = `
  type Query {
    publicMessage: Message!
    protectedMessage: Message @auth
    adminMessage: Message @requiresScope(scopes: ["read:admin-messages"])
  }
  type Message { message: String! }
`;
const texts = {
  publicMessage: "The API doesn't require an access token to share this message.",
  protectedMessage: "The API successfully validated your access token.",
  adminMessage: "The API successfully recognized you as an admin.",
};
type Field = keyof typeof texts;
const resolvers = {
  Query: {
    publicMessage: () => ({ message: texts.publicMessage }),
    protectedMessage: () => ({ message: texts.protectedMessage }),
    adminMessage: () => ({ message: texts.adminMessage }),
  },
};
const wanted = { requiredScopes: [["read:admin-messages"]], scope: "read:admin-messages" };

// With RBAC on, Auth0 puts the caller's permissions into the token, whatever scope was asked for.
const clients = [
  { id: "visitor", secret: "visitor-secret", scopes: [], claims: { permissions: [] } },
  { id: "admin", secret: "admin-secret", scopes: [], claims: { permissions: ["read:admin-messages"] } },
];

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider({ issuerPath: "/", audience: auth0Audience, clients });
  const auth0Domain = new URL(provider.issuer).host;
  server = await startServer({
    issuer: `http://${auth0Domain}/`,
    typeDefs,
    resolvers,
    env: { AUTH_AUDIENCE: auth0Audience, CLIENT_ORIGIN_URL: clientOriginUrl },
  });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

describe("the three messages", () => {
  test.each<[caller: "nobody" | "visitor" | "admin", field: Field]>([
    ["nobody", "publicMessage"],
    ["visitor", "publicMessage"],
    ["visitor", "protectedMessage"],
    ["admin", "publicMessage"],
    ["admin", "protectedMessage"],
    ["admin", "adminMessage"],
  ])("%s reads %s", async (caller, field) => {
    const { status, body } = await server.query(`{ ${field} { message } }`, {
      ...(caller !== "nobody" && { token: await provider.getToken(caller) }),
    });
    expect(status).toBe(200);
    expect(body).toEqual({ data: { [field]: { message: texts[field] } } });
  });

  test.each<Field>(["protectedMessage", "adminMessage"])("%s needs an access token", async (field) => {
    const answer = await server.query(`{ ${field} { message } }`);
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("authorization_header_missing", field));
  });

  test("a caller whose permissions do not name read:admin-messages does not get the admin message", async () => {
    const answer = await server.query("{ adminMessage { message } }", { token: await provider.getToken("visitor") });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("insufficient_scope", "adminMessage", wanted));
  });

  test("a path the API does not have is answered with 404 in JSON", async () => {
    const response = await fetch(`${server.url}/api/messages/invalid`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
  });
});

describe("Auth0's tokens", () => {
  test("the provider puts permissions into the token, and no scope", async () => {
    const claims = decodeJwt(await provider.getToken("admin"));
    expect(claims).toMatchObject({ iss: provider.issuer, permissions: ["read:admin-messages"] });
    expect(claims).not.toHaveProperty("scope");
    expect(claims.iss).toMatch(/\/$/);
  });

  test.each<[what: string, permissions: unknown, status: number]>([
    ["the permission alone", ["read:admin-messages"], 200],
    ["the permission among others", ["read:messages", "read:admin-messages"], 200],
    ["other permissions only", ["read:messages", "read:admin"], 403],
    ["two permissions in one string of the array", ["read:messages read:admin-messages"], 403],
    ["no permissions", undefined, 403],
  ])("in Auth0's own form, with %s", async (_what, permissions, status) => {
    const token = await provider.sign(
      {
        sub: "auth0|5f7c8ec7c33c6c004bbafe82",
        aud: [auth0Audience, `${provider.issuer}userinfo`],
        azp: "my-client",
        client_id: undefined,
        scope: "openid profile email",
        permissions,
      },
      { typ: "JWT" },
    );
    const answer = await server.query("{ adminMessage { message } }", { token });
    expect(answer.status).toBe(status);
  });

  test("the issuer without the slash at its end is another issuer", async () => {
    const token = await provider.sign({ iss: provider.issuer.slice(0, -1), permissions: ["read:admin-messages"] });
    const answer = await server.query("{ adminMessage { message } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("invalid_claims", "adminMessage"));
  });
});

describe("the one origin of CLIENT_ORIGIN_URL", () => {
  const ask = (method: "OPTIONS" | "POST", headers: Record<string, string>): Promise<Response> =>
    fetch(`${server.url}/graphql`, {
      method,
      headers: { ...(method === "POST" && { "content-type": "application/json" }), ...headers },
      ...(method === "POST" && { body: JSON.stringify({ query: "{ protectedMessage { message } }" }) }),
    });
  const preflight = (origin: string): Promise<Response> =>
    ask("OPTIONS", {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    });
  const readList = (response: Response, name: string): string[] =>
    (response.headers.get(name) ?? "").toLowerCase().split(/ *, */);

  test("may send Authorization, as its preflight is told", async () => {
    const response = await preflight(clientOriginUrl);
    expect(response.ok).toBe(true);
    expect(response.headers.get("access-control-allow-origin")).toBe(clientOriginUrl);
    expect(readList(response, "access-control-allow-headers")).toEqual(
      expect.arrayContaining(["authorization", "content-type"]),
    );
    expect(readList(response, "access-control-allow-methods")).toContain("post");
    expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  });

  test("may read answers, also why it was refused", async () => {
    const response = await ask("POST", { origin: clientOriginUrl });
    expect(response.status).toBe(401);
    expect(response.headers.get("access-control-allow-origin")).toBe(clientOriginUrl);
    expect(readList(response, "access-control-expose-headers")).toContain("www-authenticate");
    expect(readList(response, "vary")).toContain("origin");
  });

  test.each([
    "http://localhost:4041",
    "https://localhost:4040",
    "http://localhost",
    "http://localhost:40400",
    "http://127.0.0.1:4040",
    "http://localhost:4040.example.com",
    "https://example.com",
    "null",
  ])("is not %s", async (origin) => {
    for (const response of [await preflight(origin), await ask("POST", { origin })]) {
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
    }
  });
});
