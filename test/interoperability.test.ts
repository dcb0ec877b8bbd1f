import { exportJWK, generateKeyPair } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { clients, startProvider, type TestProvider } from "./support/provider.ts";
import { startServerForTest, type TestServer } from "./support/server.ts";

// What oidc-provider issues of itself, as other tests do with keys and answers of their own making.

const query = "{ privateMessage { message } adminMessage { message } }";
const scope = "read:admin-messages";

async function startWith(alg: string): Promise<TestProvider> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const signingKey = { ...(await exportJWK(privateKey)), alg, use: "sig", kid: crypto.randomUUID() };
  const provider = await startProvider({ signingKey });
  onTestFinished(provider.stop);
  return provider;
}

/** What becomes of tokens for an admin, for a member, and for an admin with a character changed. */
async function expectService(server: TestServer, admin: string, member: string): Promise<void> {
  const { body } = await server.query(query, { token: admin });
  expect(body.errors).toBeUndefined();
  expect(body.data.adminMessage.message).toBe("The API successfully recognized you as an admin.");
  const lesser = await server.query(query, { token: member });
  expect(lesser.body.data).toEqual({ privateMessage: body.data.privateMessage, adminMessage: null });
  expect(lesser.body.errors[0].extensions.reason).toBe("insufficient_scope");
  const other = await server.query(query, { token: `${admin.slice(0, -9)}AAAAAAAAA` });
  expect(other.status).toBe(401);
}

describe("tokens of oidc-provider", () => {
  test.each(["RS256", "PS256", "ES256", "EdDSA"])("signed with %s are verified", async (alg) => {
    const provider = await startWith(alg);
    const server = await startServerForTest({ issuer: provider.issuer });
    const admin = await provider.getToken("admin", { scope });
    expect(JSON.parse(atob(admin.split(".")[0] ?? ""))).toMatchObject({ alg, typ: "at+jwt" });
    await expectService(server, admin, await provider.getToken("member"));
  });

  test("that are opaque are asked about, and refused once they are revoked", async () => {
    const provider = await startWith("RS256");
    const secret = clients.find(({ id }) => id === "api")?.secret ?? "";
    const server = await startServerForTest({
      issuer: provider.issuer,
      env: {
        AUTH_METHOD: "introspection",
        AUTH_CLIENT_ID: "api",
        AUTH_CLIENT_SECRET: secret,
        AUTH_INTROSPECTION_TTL_S: "0",
      },
    });
    const admin = await provider.getToken("admin", { scope, format: "opaque" });
    await expectService(server, admin, await provider.getToken("member", { format: "opaque" }));
    const form = { client_id: "admin", client_secret: "admin-secret", token: admin };
    const revoked = await fetch(`${provider.issuer}/token/revocation`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    expect(revoked.status).toBe(200);
    const { status, body } = await server.query(query, { token: admin });
    expect([status, body.errors[0].extensions.reason]).toEqual([401, "token_inactive"]);
  });
});
