import type { JWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Authenticator, createAuthenticator } from "../src/authentication/authenticator.ts";
import type { Authentication } from "../src/authentication/principal.ts";
import { audience, createSigningKey, signToken } from "./support/provider.ts";
import { type ScriptedProvider, startScriptedProvider, toKeySet } from "./support/scripted-provider.ts";

let first: ScriptedProvider;
let second: ScriptedProvider;
let third: ScriptedProvider;
let firstKey: JWK;
let secondKey: JWK;
let authenticate: Authenticator;

beforeAll(async () => {
  [first, second, third] = await Promise.all([
    startScriptedProvider(),
    startScriptedProvider(),
    startScriptedProvider(),
  ]);
  [firstKey, secondKey] = await Promise.all([createSigningKey("key-1"), createSigningKey("key-1")]);
  first.answers.set("/jwks", toKeySet(firstKey));
  second.answers.set("/jwks", toKeySet(secondKey));
});
afterAll(() => Promise.all([first.stop(), second.stop(), third.stop()]));

beforeEach(() => {
  for (const { calls } of [first, second, third]) calls.clear();
  third.answers.set("/introspect", { active: false });
  authenticate = createAuthenticator({
    issuers: [
      { issuer: first.issuer, audience },
      { issuer: second.issuer, audience: "urn:second", scopeClaims: ["roles"], algorithms: ["RS256"] },
      {
        issuer: third.issuer,
        method: "introspection",
        clientId: "api",
        clientSecret: "secret",
        scopeClaims: ["urn:roles"],
      },
    ],
  });
});

const present = (token: string): Promise<Authentication> =>
  authenticate({ headers: { authorization: `Bearer ${token}` } });

async function ask(token: string): Promise<string> {
  const authentication = await present(token);
  return "error" in authentication ? authentication.error.reason : authentication.kind;
}

async function readScopes(token: string): Promise<string[]> {
  const authentication = await present(token);
  return authentication.kind === "authenticated" ? [...authentication.principal.scopes] : [];
}

const ofFirst = (claims = {}, key = firstKey): Promise<string> =>
  signToken(key, { iss: first.issuer, aud: audience, ...claims });
const ofSecond = (claims = {}, key = secondKey): Promise<string> =>
  signToken(key, { iss: second.issuer, aud: "urn:second", ...claims });

const countCalls = (): number =>
  [first, second, third].flatMap(({ calls }) => [...calls.values()]).reduce((sum, count) => sum + count, 0);

describe("several issuers", () => {
  test("are told apart by iss, each with its own keys, even with the same key id", async () => {
    expect(await ask(await ofFirst())).toBe("authenticated");
    expect(await ask(await ofSecond())).toBe("authenticated");
    expect(await ask(await ofSecond({}, firstKey))).toBe("invalid_token");
    expect(await ask(await ofFirst({}, secondKey))).toBe("invalid_token");
  });

  test("have an audience each", async () => {
    expect(await ask(await ofFirst({ aud: "urn:second" }))).toBe("invalid_claims");
    expect(await ask(await ofSecond({ aud: audience }))).toBe("invalid_claims");
  });

  test("have claims that grant scopes each", async () => {
    const claims = { scope: "a", roles: ["b"], "urn:roles": { c: {} } };
    expect(await readScopes(await ofFirst(claims))).toEqual(["a"]);
    expect(await readScopes(await ofSecond(claims))).toEqual(["b"]);
    third.answers.set("/introspect", { active: true, ...claims });
    expect(await readScopes("opaque")).toEqual(["c"]);
  });

  test("have a method each: an opaque token goes to the one that is asked, and only that", async () => {
    third.answers.set("/introspect", { active: true });
    expect(await ask("opaque")).toBe("authenticated");
    expect(await ask(await signToken(firstKey, { iss: third.issuer, aud: audience }))).toBe("authenticated");
    expect(third.calls.get("/introspect")).toBe(2);
    expect(first.calls.size + second.calls.size).toBe(0);
  });

  test.each([["https://unknown.example.com"], [undefined], [7], [["x"]], ["constructor"]])(
    "are all there are: iss %j costs no call",
    async (iss) => {
      expect(await ask(await signToken(firstKey, { iss, aud: audience }))).toBe("invalid_claims");
      expect(countCalls()).toBe(0);
    },
  );

  test("are not shown each other's tokens, damaged ones either", async () => {
    const token = await ofFirst();
    const [header, payload, signature] = token.split(".");
    const spaced = Buffer.from('{ "alg":"RS256"}').toString("base64url");
    const damaged = [`${token}=`, `${header}.${payload}.`, `${header}.${payload}x.${signature}`, `${spaced}.x.y`];
    expect(await Promise.all(damaged.map(ask))).toEqual(damaged.map(() => "invalid_token"));
    expect(countCalls()).toBe(0);
    // An encrypted token is opaque to us, whoever made it.
    expect(await ask(`${header}.a.b.c.d`)).toBe("token_inactive");
  });
});
