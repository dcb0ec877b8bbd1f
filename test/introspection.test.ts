import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Authenticator, createAuthenticator } from "../src/authentication/authenticator.ts";
import type { IssuerOptions } from "../src/authentication/issuer.ts";
import type { Authentication } from "../src/authentication/principal.ts";
import { createTestClock, type TestClock } from "./support/clock.ts";
import { audience } from "./support/provider.ts";
import { respondWith, type Script, type ScriptedProvider, startScriptedProvider } from "./support/scripted-provider.ts";

const secret = "p:ä/+% s";
const now = Math.floor(Date.now() / 1000);

let provider: ScriptedProvider;
let clock: TestClock;
let logs: string[];
beforeEach(async () => {
  provider = await startScriptedProvider();
  clock = createTestClock();
  logs = [];
});
afterEach(() => provider.stop());

function create(options: Partial<IssuerOptions> = {}): Authenticator {
  const log = (details: object, message: string): void => {
    logs.push(`${message} ${JSON.stringify(details)}`);
  };
  const credentials = { clientId: "api", clientSecret: secret };
  const issuer = {
    issuer: provider.issuer,
    method: "introspection",
    timeoutMs: 500,
    ...credentials,
    ...options,
  } as const;
  return createAuthenticator({ issuers: [issuer], clock, logger: { info: log, warn: log, error: log } });
}

const present = (authenticate: Authenticator, token = "opaque"): Promise<Authentication> =>
  authenticate({ headers: { authorization: `Bearer ${token}` } });

async function ask(script: Script, options: Partial<IssuerOptions> = {}): Promise<string> {
  provider.answers.set("/introspect", script);
  const authentication = await present(create(options));
  return "error" in authentication ? authentication.error.reason : authentication.kind;
}

test("the provider is asked with the token and our form-encoded credentials", async () => {
  let seen: unknown;
  provider.answers.set("/introspect", (response, body, { headers, method }) => {
    seen = { body, method, authorization: headers.authorization, type: headers["content-type"] };
    response.end(JSON.stringify({ active: true, sub: "x", scope: "a b", client_id: "c", exp: now + 60 }));
  });
  const authentication = await present(create(), "a+/b");
  const encoded = "api:p%3A%C3%A4%2F%2B%25+s";
  expect(seen).toEqual({
    method: "POST",
    body: "token=a%2B%2Fb&token_type_hint=access_token",
    authorization: `Basic ${Buffer.from(encoded).toString("base64")}`,
    type: expect.stringContaining("application/x-www-form-urlencoded"),
  });
  expect(authentication).toMatchObject({
    kind: "authenticated",
    principal: {
      subject: "x",
      clientId: "c",
      issuer: provider.issuer,
      expiresAtSeconds: now + 60,
      scopes: new Set(["a", "b"]),
    },
  });
});

describe("an answer", () => {
  test.each<[string, Script, string]>([
    ["active and nothing else", { active: true }, "authenticated"],
    ["active with a token type", { active: true, token_type: "Bearer" }, "authenticated"],
    ["not active", { active: false, sub: "x" }, "token_inactive"],
    ["with members that are null", { active: true, exp: null, aud: null, client_id: null }, "authenticated"],
    ["active and expired", { active: true, exp: now - 60 }, "token_expired"],
    ["active and not yet valid", { active: true, nbf: now + 60 }, "invalid_claims"],
    ["of another issuer", { active: true, iss: "https://other" }, "invalid_claims"],
    ["with an expiry that is no number", { active: true, exp: "soon" }, "invalid_claims"],
    ["about a refresh token", { active: true, token_type: "refresh_token" }, "invalid_token"],
    ["about an ID token", { active: true, token_type: "ID" }, "invalid_token"],
    ["about a bound token", { active: true, cnf: { jkt: "x" } }, "invalid_token"],
    ["with active as text", { active: "true" }, "provider_unavailable"],
    ["without active", { sub: "x" }, "provider_unavailable"],
    ["that is a list", [{ active: true }], "provider_unavailable"],
    ["that is no JSON", respondWith(200, "active"), "provider_unavailable"],
    ["that is too long", { active: true, filler: "x".repeat(256 * 1024) }, "provider_unavailable"],
    ["that never comes", () => {}, "provider_unavailable"],
    ["400", respondWith(400), "invalid_token"],
    ["413", respondWith(413), "provider_unavailable"],
    ...[302, 401, 403, 404, 429, 500, 503].map((status): [string, Script, string] => [
      `${status}`,
      respondWith(status, { active: true }, { location: "/introspect" }),
      "provider_unavailable",
    ]),
  ])("%s comes to the right reason", async (_, script, reason) => {
    expect(await ask(script)).toBe(reason);
  });

  test.each<[object, string]>([
    [{ aud: audience }, "authenticated"],
    [{ aud: ["z", audience] }, "authenticated"],
    [{ aud: "z" }, "invalid_claims"],
    [{}, "invalid_claims"],
  ])("with %j must name the audience when one is configured", async (claims, reason) => {
    expect(await ask({ active: true, ...claims }, { audience })).toBe(reason);
  });
});

describe("an active answer", () => {
  const askTimes = async (authenticate: Authenticator, times: number): Promise<number> => {
    const before = provider.calls.get("/introspect") ?? 0;
    for (let time = 0; time < times; time += 1) await present(authenticate);
    return (provider.calls.get("/introspect") ?? 0) - before;
  };

  test("is reused for 30 seconds unless set otherwise", async () => {
    provider.answers.set("/introspect", { active: true });
    const authenticate = create();
    expect(await askTimes(authenticate, 3)).toBe(1);
    clock.advance(29_000);
    expect(await askTimes(authenticate, 1)).toBe(0);
    clock.advance(1_000);
    expect(await askTimes(authenticate, 1)).toBe(1);
    expect(await askTimes(create({ introspectionTtlS: 0 }), 3)).toBe(3);
  });

  test("is never reused past the token's expiry", async () => {
    provider.answers.set("/introspect", { active: true, exp: now + 10 });
    const authenticate = create({ clockToleranceS: 0 });
    expect(await askTimes(authenticate, 2)).toBe(1);
    clock.advance(10_000);
    expect((await present(authenticate)).kind).toBe("rejected");
  });

  test("is one call for any number of simultaneous requests, a refusal too", async () => {
    const authenticate = create();
    await Promise.all(Array.from({ length: 100 }, () => present(authenticate)));
    expect(provider.calls.get("/introspect")).toBe(1);
  });
});

test("an outage is logged once with its reason, and its end once, without token, secret or the provider's words", async () => {
  provider.answers.set("/introspect", respondWith(401, { error: "provider words" }));
  const authenticate = create();
  await present(authenticate);
  await present(authenticate);
  provider.answers.set("/introspect", { active: true });
  await present(authenticate);
  expect(logs).toEqual([
    expect.stringContaining("it refuses our own credentials (AUTH_CLIENT_ID"),
    expect.stringContaining("can be asked about tokens again"),
  ]);
  expect(logs.join("\n")).not.toMatch(/opaque|provider words|p:ä/);
});

test("a provider that is down is an outage, and serves as soon as it is back", async () => {
  provider.answers.set("/introspect", { active: true });
  const authenticate = create();
  await provider.goDown();
  expect((await present(authenticate)).kind).toBe("unavailable");
  await provider.comeBack();
  expect((await present(authenticate)).kind).toBe("authenticated");
});
