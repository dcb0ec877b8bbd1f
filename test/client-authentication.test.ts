import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createAuthenticator } from "../src/authentication/authenticator.ts";
import { parseClientKey } from "../src/authentication/client-key.ts";
import type { IssuerOptions } from "../src/authentication/issuer.ts";
import type { Authentication } from "../src/authentication/principal.ts";
import { readConfig } from "../src/config.ts";
import { readConfigMessage } from "./support/config-message.ts";
import { clients, startProvider } from "./support/provider.ts";
import { startScriptedProvider } from "./support/scripted-provider.ts";

const toPem = (key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1" = "pkcs8"): string =>
  key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }).toString();

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = (namedCurve: string): KeyObject => generateKeyPairSync("ec", { namedCurve }).privateKey;
const pem = toPem(rsa.privateKey, "pkcs1");
const zitadel = { type: "application", keyId: "key-7", key: pem, appId: "1", clientId: "api@project" };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "client-key-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function writeKey(content: string): string {
  const path = join(folder, `${crypto.randomUUID()}.key`);
  writeFileSync(path, content);
  return path;
}

describe("a client key", () => {
  test.each([
    ["RSA as PKCS #8", toPem(rsa.privateKey), "RS256"],
    ["RSA as PKCS #1", pem, "RS256"],
    ["P-256", toPem(ec("P-256"), "sec1"), "ES256"],
    ["P-384", toPem(ec("P-384")), "ES384"],
    ["P-521", toPem(ec("P-521")), "ES512"],
    ["Ed25519", toPem(generateKeyPairSync("ed25519").privateKey), "EdDSA"],
  ])("in PEM form, %s, signs with the algorithm of its type", (_, text, algorithm) => {
    expect(parseClientKey(text)).toMatchObject({ algorithm, keyId: undefined, clientId: undefined });
  });

  test("as ZITADEL downloads it says whose it is: an application's, or a service account's", () => {
    expect(parseClientKey(JSON.stringify(zitadel))).toMatchObject({ keyId: "key-7", clientId: "api@project" });
    const account = JSON.stringify({ type: "serviceaccount", keyId: "k", key: pem, userId: "42" });
    expect(parseClientKey(account)).toMatchObject({ keyId: "k", clientId: "42" });
  });

  test.each([
    ["nothing", ""],
    ["a public key", rsa.publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["a weak key", toPem(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey)],
    ["a curve without an algorithm", toPem(ec("secp256k1"))],
    ["a key for encryption", toPem(generateKeyPairSync("x25519").privateKey)],
    [
      "an encrypted key",
      rsa.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString(),
    ],
    ["JSON without a key", JSON.stringify({ ...zitadel, key: undefined })],
    ["broken JSON", JSON.stringify(zitadel).slice(1, -1)],
    ["half of JSON", JSON.stringify(zitadel).slice(0, -9)],
  ])("is not %s", (_, text) => {
    expect(parseClientKey(text)).toBeUndefined();
  });
});

const present = (issuer: IssuerOptions, token = "opaque"): Promise<Authentication> =>
  createAuthenticator({ issuers: [issuer] })({ headers: { authorization: `Bearer ${token}` } });

test("the provider is sent a fresh assertion, for it alone and for a minute, and no secret", async () => {
  const provider = await startScriptedProvider();
  onTestFinished(provider.stop);
  const bodies: URLSearchParams[] = [];
  let authorization: string | undefined;
  provider.answers.set("/introspect", (response, body, request) => {
    bodies.push(new URLSearchParams(body));
    authorization = request.headers.authorization;
    response.end(JSON.stringify({ active: true }));
  });
  const { issuer } = provider;
  const options = { issuer, method: "introspection", clientKey: JSON.stringify(zitadel) } as const;
  expect((await present(options)).kind).toBe("authenticated");
  expect((await present({ ...options, clientId: "another" })).kind).toBe("authenticated");
  expect(authorization).toBeUndefined();

  const claims = await Promise.all(
    bodies.map(async (body) => {
      expect(body.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      const assertion = body.get("client_assertion") ?? "";
      const { payload, protectedHeader } = await jwtVerify(assertion, rsa.publicKey, { audience: issuer });
      expect(protectedHeader).toEqual({ alg: "RS256", kid: "key-7" });
      return payload;
    }),
  );
  expect(claims.map(({ iss, sub, aud }) => [iss, sub, aud])).toEqual([
    ["api@project", "api@project", issuer],
    ["another", "another", issuer],
  ]);
  expect(claims.map(({ exp = 0, iat = 0 }) => exp - iat)).toEqual([60, 60]);
  expect(new Set(claims.map(({ jti }) => jti)).size).toBe(2);
});

test.each([
  ["RS256", toPem(rsa.privateKey)],
  ["ES256", toPem(ec("P-256"))],
  ["EdDSA", toPem(generateKeyPairSync("ed25519").privateKey)],
])("oidc-provider takes an assertion signed with %s", async (alg, text) => {
  const { d, p, q, dp, dq, qi, ...publicKey } = await exportJWK(parseClientKey(text)?.key as KeyObject);
  const ours = { id: "api", secret: "", publicKey: { ...publicKey, alg } };
  const { issuer, getToken, stop } = await startProvider({ clients: [...clients.slice(0, 1), ours] });
  onTestFinished(stop);
  const token = await getToken("member", { format: "opaque" });
  const options = { issuer, method: "introspection", clientId: "api", clientKey: text } as const;
  expect((await present(options, token)).kind).toBe("authenticated");
  const other = toPem(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
  expect((await present({ ...options, clientKey: other }, token)).kind).toBe("unavailable");
});

describe("AUTH_CLIENT_KEY", () => {
  const provider = { AUTH_ISSUER: "https://tenant.example.com", AUTH_METHOD: "introspection" };

  test("is the path of a file, and makes secret and, with ZITADEL's, id unnecessary", () => {
    const { issuer } = readConfig({ ...provider, AUTH_CLIENT_KEY: writeKey(JSON.stringify(zitadel)) });
    expect(issuer.clientKey).toBe(JSON.stringify(zitadel));
    expect(readConfigMessage({ ...provider, AUTH_CLIENT_ID: "api", AUTH_CLIENT_KEY: writeKey(pem) })).toBe("");
  });

  test("is part of the one message about all mistakes, which quotes neither the key nor its path", () => {
    const path = writeKey(pem.slice(0, 200));
    const message = readConfigMessage({ ...provider, PORT: "x", AUTH_CLIENT_ID: "api", AUTH_CLIENT_KEY: path });
    expect(message).toContain("2 mistakes");
    expect(message).toContain("PORT must be");
    expect(message).toContain("AUTH_CLIENT_KEY must be a private key");
    expect(message).not.toContain(pem.slice(40, 60));
    expect(message).not.toContain(folder);
    const pasted = readConfigMessage({ ...provider, AUTH_CLIENT_ID: "api", AUTH_CLIENT_KEY: pem });
    expect(pasted).toContain("AUTH_CLIENT_KEY must be the path of a file that can be read");
    expect(pasted).not.toContain("BEGIN");
  });

  test.each([
    [{ AUTH_CLIENT_ID: "api", AUTH_CLIENT_SECRET: "x" }, "AUTH_CLIENT_SECRET must not be set beside a key"],
    [{}, "AUTH_CLIENT_ID is required"],
    [{ AUTH_ISSUER: "" }, "AUTH_CLIENT_KEY needs AUTH_ISSUER"],
  ])("with %j is refused", (more, problem) => {
    const message = readConfigMessage({ ...provider, AUTH_CLIENT_KEY: writeKey(pem), ...more });
    expect(message).toContain("has a mistake");
    expect(message).toContain(problem);
  });
});
