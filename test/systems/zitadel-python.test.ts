import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { requestToken } from "../../src/local-provider/request-token.ts";
import { createTestClock } from "../support/clock.ts";
import { clients, startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, startServerForTest, type TestServer, type TestServerOptions } from "../support/server.ts";
import { createExpectedRefusal, toSeenRefusal } from "./refusal.ts";

// ZITADEL's Python API: its .env names the domain, CLIENT_ID and CLIENT_SECRET, and no audience.
const rolesClaim = "urn:zitadel:iam:org:project:roles";
const introspectionEnv = {
  AUTH_METHOD: "introspection",
  AUTH_AUDIENCE: "",
  AUTH_CLIENT_ID: "api",
  AUTH_CLIENT_SECRET: "a secret/with:odd+characters%",
  AUTH_SCOPE_CLAIMS: rolesClaim,
};

const typeDefs = `
  type Query {
    public: Route!
    private: Route @auth
    privateScoped: Route @requiresScope(scopes: ["read:messages"])
    "In ZITADEL's validator: require_auth(['read:messages write:messages', 'admin'])"
    privateManaged: Route @requiresScope(scopes: [["read:messages", "write:messages"], ["admin"]])
  }
  type Route { message: String! }
`;
const texts = {
  public: "Public route - You don't need to be authenticated to see this.",
  private: "Private route - You need to be authenticated to see this.",
  privateScoped: "Private, scoped route - You need to be authenticated and have the role read:messages to see this.",
  privateManaged: "Private, managed route - You need to be authenticated and manage messages to see this.",
};
type Field = keyof typeof texts;
const resolvers = {
  Query: {
    public: () => ({ message: texts.public }),
    private: () => ({ message: texts.private }),
    privateScoped: () => ({ message: texts.privateScoped }),
    privateManaged: () => ({ message: texts.privateManaged }),
  },
};
const wanted = { requiredScopes: [["read:messages"]], scope: "read:messages" };

const serviceUser = { id: "service-user", secret: "service-user-secret", scopes: ["read:messages"] };

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider({ clients: [...clients, serviceUser] });
  server = await startServer({ ...createOptions(), env: { ...introspectionEnv, AUTH_INTROSPECTION_TTL_S: "0" } });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});
afterEach(() => {
  vi.useRealTimers();
});

function createOptions(): TestServerOptions {
  return { issuer: provider.issuer, typeDefs, resolvers, env: introspectionEnv };
}

interface AccessTokenRequest {
  /** The service user's roles on the project; undefined: ZITADEL does not mention any. */
  readonly roles?: readonly string[] | undefined;
  readonly scope?: string;
  readonly expiresInS?: number;
}

/** A personal access token of the service user: opaque. */
async function createPersonalAccessToken({ roles, ...request }: AccessTokenRequest = {}): Promise<string> {
  const token = await requestToken({ issuer: provider.issuer, client: serviceUser, format: "opaque", ...request });
  if (roles !== undefined) await assignRoles(token, roles);
  return token;
}

/** Sets the roles that the provider answers with from now on. ZITADEL keeps them by the user, ours by the token. */
async function assignRoles(token: string, roles: readonly string[]): Promise<void> {
  const { adapter } = provider.provider.ClientCredentials;
  const stored = await adapter.find(token);
  if (stored?.exp === undefined) throw new Error("The provider does not know the token.");
  const granted = roles.map((role) => [role, { "269814206735843331": "zitadel.localhost" }]);
  const extra = { [rolesClaim]: Object.fromEntries(granted) };
  await adapter.upsert(token, { ...stored, extra }, stored.exp - Math.floor(Date.now() / 1000));
}

/** The provider's own revocation endpoint (RFC 7009). */
async function revoke(token: string): Promise<void> {
  const credentials = Buffer.from(`${serviceUser.id}:${serviceUser.secret}`).toString("base64");
  const response = await fetch(`${provider.issuer}/token/revocation`, {
    method: "POST",
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ token, token_type_hint: "access_token" }),
  });
  if (!response.ok) throw new Error(`The provider answers a revocation with status ${response.status}.`);
}

describe("the three routes", () => {
  test.each<[caller: "no token" | "a token", field: Field]>([
    ["no token", "public"],
    ["a token", "public"],
    ["a token", "private"],
    ["a token", "privateScoped"],
  ])("with %s, %s is answered", async (caller, field) => {
    const { status, body } = await server.query(`{ ${field} { message } }`, {
      ...(caller === "a token" && { token: await createPersonalAccessToken({ roles: ["read:messages"] }) }),
    });
    expect(status).toBe(200);
    expect(body).toEqual({ data: { [field]: { message: texts[field] } } });
  });

  test.each<Field>(["private", "privateScoped"])("%s needs a token", async (field) => {
    const answer = await server.query(`{ ${field} { message } }`);
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("authorization_header_missing", field));
  });
});

describe("roles", () => {
  test.each<[what: string, roles: readonly string[] | undefined]>([
    ["another role", ["write:messages"]],
    ["no role", []],
    ["no word of roles in ZITADEL's answer", undefined],
  ])("with %s, the scoped route is refused and the private one is not", async (_what, given) => {
    const token = await createPersonalAccessToken({ roles: given });
    const answer = await server.query("{ privateScoped { message } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("insufficient_scope", "privateScoped", wanted));
    expect((await server.query("{ private { message } }", { token })).status).toBe(200);
  });

  test("a scope of the token is not a role", async () => {
    const token = await createPersonalAccessToken({ scope: "read:messages", roles: [] });
    const answer = await server.query("{ privateScoped { message } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("insufficient_scope", "privateScoped", wanted));
  });

  test("a role that is removed from the service user is gone at the next look-up", async () => {
    const token = await createPersonalAccessToken();
    const statuses: number[] = [];
    for (const given of [["read:messages"], [], ["read:messages"]]) {
      await assignRoles(token, given);
      statuses.push((await server.query("{ privateScoped { message } }", { token })).status);
    }
    expect(statuses).toEqual([200, 403, 200]);
  });

  const all = "read:messages write:messages";
  test.each<[roles: readonly string[], lacks: string | undefined]>([
    [["read:messages", "write:messages"], undefined],
    [["admin"], undefined],
    [["write:messages", "admin"], undefined],
    [["read:messages"], all],
    [["write:messages"], all],
    [["delete:messages"], "admin"],
    [[], "admin"],
  ])("of two sets any is enough, each with all its roles: %j", async (given, lacks) => {
    const token = await createPersonalAccessToken({ roles: given });
    const answer = await server.query("{ privateManaged { message } }", { token });
    if (lacks === undefined) {
      expect(answer.body).toEqual({ data: { privateManaged: { message: texts.privateManaged } } });
      return;
    }
    const requiredScopes = [["read:messages", "write:messages"], ["admin"]];
    const expected = createExpectedRefusal("insufficient_scope", "privateManaged", { requiredScopes, scope: lacks });
    expect(toSeenRefusal(answer)).toEqual(expected);
  });
});

describe("tokens that are not good", () => {
  test.each<[what: string, makeToken: () => Promise<string>, reason: "token_inactive" | "invalid_token"]>([
    ["unknown to ZITADEL", async () => "nr9vnUTkQkn4rxWk", "token_inactive"],
    ["of a form that ZITADEL does not introspect", () => provider.sign(), "invalid_token"],
  ])("one %s is refused, and the public route stays readable", async (_what, makeToken, reason) => {
    const token = await makeToken();
    for (const field of ["private", "privateScoped"]) {
      const answer = await server.query(`{ ${field} { message } }`, { token });
      expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal(reason, field));
    }
    expect((await server.query("{ public { message } }", { token })).status).toBe(200);
  });

  test("one that is revoked is refused at the next look-up", async () => {
    const token = await createPersonalAccessToken();
    expect((await server.query("{ private { message } }", { token })).status).toBe(200);
    await revoke(token);
    const answer = await server.query("{ private { message } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("token_inactive", "private"));
  });

  test("one that is revoked passes no longer than AUTH_INTROSPECTION_TTL_S", async () => {
    const clock = createTestClock();
    const env = { ...introspectionEnv, AUTH_INTROSPECTION_TTL_S: "30" };
    const caching = await startServerForTest({ ...createOptions(), env, clock });
    const token = await createPersonalAccessToken();
    const ask = () => caching.query("{ private { message } }", { token });
    expect((await ask()).status).toBe(200);
    await revoke(token);
    clock.advance(29_000);
    expect((await ask()).status).toBe(200);
    clock.advance(1000);
    expect(toSeenRefusal(await ask())).toEqual(createExpectedRefusal("token_inactive", "private"));
  });

  test("one that has expired at ZITADEL is refused as inactive", async () => {
    const token = await createPersonalAccessToken({ expiresInS: 300 });
    expect((await server.query("{ private { message } }", { token })).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 301_000 });
    const answer = await server.query("{ private { message } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("token_inactive", "private"));
  });

  test("one that ZITADEL calls active past its expiry is refused as expired, though an answer could be reused", async () => {
    const clock = createTestClock();
    const env = { ...introspectionEnv, AUTH_INTROSPECTION_TTL_S: "3600" };
    const ahead = await startServerForTest({ ...createOptions(), env, clock });
    const token = await createPersonalAccessToken({ expiresInS: 300 });
    expect((await ahead.query("{ private { message } }", { token })).status).toBe(200);
    clock.advance(306_000);
    const answer = await ahead.query("{ private { message } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("token_expired", "private"));
  });
});

describe("the API's own credentials", () => {
  test.each([
    ["a wrong client secret", { AUTH_CLIENT_SECRET: "not-the-secret-of-api" }],
    ["a client id ZITADEL does not know", { AUTH_CLIENT_ID: "unknown-api" }],
  ])("with %s tokens cannot be checked, which is never the caller's fault", async (_what, wrong) => {
    const mistaken = await startServerForTest({ ...createOptions(), env: { ...introspectionEnv, ...wrong } });
    const token = await createPersonalAccessToken();
    for (const field of ["private", "privateScoped"]) {
      const answer = await mistaken.query(`{ ${field} { message } }`, { token });
      expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("provider_unavailable", field));
    }
    expect((await mistaken.query("{ public { message } }", { token })).status).toBe(200);
    const logs = mistaken.logs.join();
    expect(logs).toContain("AUTH_CLIENT_SECRET");
    for (const secret of [token, "not-the-secret-of-api", introspectionEnv.AUTH_CLIENT_SECRET]) {
      expect(logs).not.toContain(secret);
    }
  });
});
