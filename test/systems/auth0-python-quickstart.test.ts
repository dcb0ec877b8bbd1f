import { decodeProtectedHeader, type JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askProvider } from "../../src/authentication/provider-client.ts";
import { createSigningKey, signToken, startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { createExpectedRefusal, type Reason, toSeenRefusal } from "./refusal.ts";

// Auth0's Python API quickstart: its server.py names AUTH0_DOMAIN, API_IDENTIFIER and ALGORITHMS.
const apiIdentifier = "https://quickstarts/api";
const algorithms = "RS256";

const typeDefs = `
  type Query {
    public: Response!
    private: Response @auth
    privateScoped: Response @requiresScope(scopes: ["read:messages"])
  }
  type Response { message: String! }
`;
const texts = {
  public: "Hello from a public endpoint! You don't need to be authenticated to see this.",
  private: "Hello from a private endpoint! You need to be authenticated to see this.",
  privateScoped:
    "Hello from a private endpoint! You need to be authenticated and have a scope of read:messages to see this.",
};
type Field = keyof typeof texts;
const resolvers = {
  Query: {
    public: () => ({ message: texts.public }),
    private: () => ({ message: texts.private }),
    privateScoped: () => ({ message: texts.privateScoped }),
  },
};
const wanted = { requiredScopes: [["read:messages"]], scope: "read:messages" };

const clients = [{ id: "quickstart", secret: "quickstart-secret", scopes: ["read:messages", "write:messages"] }];

let provider: TestProvider;
let server: TestServer;
const askedUrls: string[] = [];
beforeAll(async () => {
  provider = await startProvider({ issuerPath: "/", audience: apiIdentifier, clients });
  server = await startServer({
    issuer: provider.issuer,
    typeDefs,
    resolvers,
    env: { AUTH_AUDIENCE: apiIdentifier, AUTH_ALGORITHMS: algorithms },
    askProvider: (request) => {
      askedUrls.push(request.url);
      return askProvider(request);
    },
  });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

describe("the three endpoints", () => {
  test.each<[what: string, scope: string | undefined, field: Field]>([
    ["without a token", undefined, "public"],
    ["with a token", "", "public"],
    ["with a token", "", "private"],
    ["with a token for another scope", "write:messages", "private"],
    ["with a token for read:messages", "read:messages", "private"],
    ["with a token for read:messages", "read:messages", "privateScoped"],
    ["with a token for both scopes", "write:messages read:messages", "privateScoped"],
  ])("%s (scope %j), one may see %s", async (_what, scope, field) => {
    const { status, body } = await server.query(`{ ${field} { message } }`, {
      ...(scope !== undefined && { token: await provider.getToken("quickstart", { scope }) }),
    });
    expect(status).toBe(200);
    expect(body).toEqual({ data: { [field]: { message: texts[field] } } });
  });

  test("an RS256 token is checked here with the provider's key set; the provider is not asked about it", async () => {
    const token = await provider.getToken("quickstart");
    const { status } = await server.query("{ private { message } }", { token });
    expect(status).toBe(200);
    expect(decodeProtectedHeader(token).alg).toBe("RS256");
    expect([...new Set(askedUrls)]).toEqual([
      `${provider.issuer}.well-known/openid-configuration`,
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/jwks$/),
    ]);
  });
});

describe("what is wrong with the Authorization header", () => {
  test.each<[what: string, header: string | undefined, reason: Reason]>([
    ["no header", undefined, "authorization_header_missing"],
    ["an empty header", "", "authorization_header_missing"],
    ["another scheme", "Basic cXVpY2tzdGFydDpzZWNyZXQ=", "authorization_header_missing"],
    ["Bearer alone", "Bearer", "invalid_header"],
    ["Bearer and two words", "Bearer a b", "invalid_header"],
    ["Bearer and what is no JWT", "Bearer not-a-jwt", "invalid_token"],
  ])("%s is refused", async (_what, header, reason) => {
    for (const field of ["private", "privateScoped"]) {
      const answer = await server.query(`{ ${field} { message } }`, {
        headers: { ...(header !== undefined && { authorization: header }) },
      });
      expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal(reason, field));
    }
  });

  test("the scheme may be written in any case", async () => {
    const token = await provider.getToken("quickstart");
    const { status } = await server.query("{ private { message } }", { headers: { authorization: `bearer ${token}` } });
    expect(status).toBe(200);
  });
});

describe("what is wrong with the token", () => {
  const now = Math.floor(Date.now() / 1000);
  const hmacKey = { kty: "oct", k: Buffer.alloc(32, "quickstart").toString("base64url"), alg: "HS256" };

  const createGoodClaims = (): JWTPayload => ({ iss: provider.issuer, aud: apiIdentifier, scope: "read:messages" });

  const withClaims = (claims: Record<string, unknown>) => (): Promise<string> =>
    provider.sign({ ...createGoodClaims(), ...claims });

  /** As good as the provider's own in all but the key. */
  async function signWithAnotherKey(kid: string): Promise<string> {
    return signToken(await createSigningKey(kid), createGoodClaims());
  }

  async function findKeyId(): Promise<string> {
    return String(decodeProtectedHeader(await provider.sign()).kid);
  }

  test("nothing is wrong with the one that the following differ from", async () => {
    const token = await withClaims({})();
    expect((await server.query("{ privateScoped { message } }", { token })).status).toBe(200);
  });

  test.each<[what: string, makeToken: () => Promise<string>, reason: Reason]>([
    ["an expired token", withClaims({ iat: now - 7200, exp: now - 60 }), "token_expired"],
    ["a token for another audience", withClaims({ aud: "https://quickstarts/other" }), "invalid_claims"],
    ["a token without audience", withClaims({ aud: undefined }), "invalid_claims"],
    ["a token of another issuer", withClaims({ iss: "https://another.auth0.com/" }), "invalid_claims"],
    ["a token without issuer", withClaims({ iss: undefined }), "invalid_claims"],
    ["a token whose key the provider does not have", () => signWithAnotherKey("unknown"), "invalid_token"],
    [
      "a token with the provider's key id and another key",
      async () => signWithAnotherKey(await findKeyId()),
      "invalid_token",
    ],
    ["a token signed with HS256", () => signToken(hmacKey, createGoodClaims()), "invalid_token"],
    ["a token without signature", async () => (await withClaims({})()).replace(/[^.]*$/, ""), "invalid_token"],
  ])("%s is refused", async (_what, makeToken, reason) => {
    const token = await makeToken();
    for (const field of ["private", "privateScoped"]) {
      const answer = await server.query(`{ ${field} { message } }`, { token });
      expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal(reason, field));
      expect(answer.text).not.toContain(token);
    }
    expect(server.logs.join()).not.toContain(token);
  });

  test("a bad token leaves the public endpoint readable", async () => {
    const { status, body } = await server.query("{ public { message } }", {
      token: await signWithAnotherKey("unknown"),
    });
    expect(status).toBe(200);
    expect(body).toEqual({ data: { public: { message: texts.public } } });
  });
});

describe("a scope that is missing", () => {
  test.each<[scope: unknown]>([
    [undefined],
    [""],
    ["write:messages"],
    ["read:messages:all"],
    ["xread:messages"],
    ["read messages"],
    ["READ:MESSAGES"],
  ])("is not made up for by %j", async (scope) => {
    const token = await provider.sign({ scope });
    const answer = await server.query("{ privateScoped { message } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("insufficient_scope", "privateScoped", wanted));
  });

  test("is one the provider did not grant, though it was asked for", async () => {
    const token = await provider.getToken("quickstart", { scope: "read:everything" });
    const answer = await server.query("{ privateScoped { message } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("insufficient_scope", "privateScoped", wanted));
  });
});
