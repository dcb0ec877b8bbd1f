import { createPrivateKey, sign as createSignature, type JsonWebKey } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAuthenticator } from "../src/authentication/authenticator.ts";
import type { IssuerOptions } from "../src/authentication/issuer.ts";
import type { Authentication } from "../src/authentication/principal.ts";
import { audience, createSigningKey, signToken } from "./support/provider.ts";
import { type ScriptedProvider, startScriptedProvider, toKeySet } from "./support/scripted-provider.ts";

let provider: ScriptedProvider;
let key: JWK;
beforeAll(async () => {
  [provider, key] = await Promise.all([startScriptedProvider(), createSigningKey("key-1")]);
});
beforeEach(() => {
  provider.answers.set("/jwks", toKeySet(key));
});
afterAll(() => provider.stop());

/** Who a new authenticator says sends the token: `authenticated`, or the reason against. */
async function verify(token: string, options: Partial<IssuerOptions> = {}): Promise<string> {
  const authenticate = createAuthenticator({ issuers: [{ issuer: provider.issuer, audience, ...options }] });
  return summarize(await authenticate({ headers: { authorization: `Bearer ${token}` } }));
}

function summarize(authentication: Authentication): string {
  return "error" in authentication ? authentication.error.reason : authentication.kind;
}

const sign = (signer: JWK, claims = {}, header = {}): Promise<string> =>
  signToken(signer, { iss: provider.issuer, aud: audience, ...claims }, header);

/** Signed by hand, as no library would: the header may say anything. */
async function signAny(signer: JWK, header: object): Promise<string> {
  const [, payload] = (await sign(signer)).split(".");
  const all = { alg: "RS256", typ: "at+jwt", kid: signer.kid, ...header };
  const signed = `${Buffer.from(JSON.stringify(all)).toString("base64url")}.${payload}`;
  const privateKey = createPrivateKey({ key: signer as JsonWebKey, format: "jwk" });
  return `${signed}.${createSignature("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
}

describe("the algorithm", () => {
  test.each([["RS256"], ["RS512"], ["PS256"], ["ES256"], ["ES384"], ["ES512"], ["EdDSA"]])(
    "%s is accepted",
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      provider.answers.set("/jwks", { keys: [{ ...(await exportJWK(publicKey)), kid: "k" }] });
      expect(await verify(await sign({ ...(await exportJWK(privateKey)), alg, kid: "k" }))).toBe("authenticated");
    },
  );

  test.each([
    ["an RSA key cannot verify", "RS256", "ES256"],
    ["a key that says it is for another cannot verify", "RS256", "PS256"],
    ["a key on another curve cannot verify", "ES256", "ES384"],
    ["an elliptic key cannot verify", "ES256", "EdDSA"],
  ])("of a kind that %s is refused", async (_, keyAlg, tokenAlg) => {
    const { publicKey } = await generateKeyPair(keyAlg, { extractable: true });
    const { privateKey } = await generateKeyPair(tokenAlg, { extractable: true });
    provider.answers.set("/jwks", { keys: [{ ...(await exportJWK(publicKey)), alg: keyAlg, kid: "k" }] });
    expect(await verify(await sign({ ...(await exportJWK(privateKey)), alg: tokenAlg, kid: "k" }))).toBe(
      "invalid_token",
    );
  });

  test("must be on the list of accepted ones", async () => {
    expect(await verify(await sign(key), { algorithms: ["PS256"] })).toBe("invalid_token");
  });

  test("cannot be a symmetric one, with the public key as its secret", async () => {
    const secret = { kty: "oct", k: key.n ?? "", alg: "HS256", kid: "key-1" };
    provider.answers.set("/jwks", { keys: [secret, ...toKeySet(key).keys] });
    expect(await verify(await sign(secret))).toBe("invalid_token");
  });

  test("cannot be none", async () => {
    const [, payload] = (await sign(key)).split(".");
    const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
    expect(await verify(`${header}.${payload}.${Buffer.from("x").toString("base64url")}`)).toBe("invalid_token");
  });
});

describe("the header", () => {
  test.each([["at+jwt"], ["AT+JWT"], ["application/at+jwt"], ["JWT"], [undefined]])("may have typ %j", async (typ) => {
    expect(await verify(await sign(key, {}, { typ }))).toBe("authenticated");
  });

  test.each([
    [{ typ: "dpop+jwt" }],
    [{ typ: "logout+jwt" }],
    [{ typ: "token-introspection+jwt" }],
    [{ typ: "secevent+jwt" }],
    [{ typ: "JWT " }],
    [{ typ: null }],
    [{ typ: 7 }],
    [{ kid: 7 }],
    [{ kid: "another" }],
    [{ kid: null }],
    [{ crit: ["b64"], b64: true }],
    [{ crit: [] }],
    [{ crit: ["exp"], exp: 1 }],
    [{ b64: false }],
    [{ b64: true }],
  ])("is refused with %j", async (header) => {
    expect(await verify(await signAny(key, header))).toBe("invalid_token");
  });

  test("cannot bring its own key, nor an address to fetch one from", async () => {
    const own = await createSigningKey("key-1");
    const [publicKey] = toKeySet(own).keys;
    const url = `${provider.issuer}/own`;
    provider.answers.set("/own", toKeySet(own));
    for (const header of [{ jwk: publicKey }, { jku: url }, { x5u: url }, { x5c: ["AA=="] }]) {
      expect(await verify(await signAny(own, header))).toBe("invalid_token");
      expect(await verify(await signAny(key, header))).toBe("authenticated");
    }
    expect(provider.calls.get("/own")).toBeUndefined();
  });

  test("must say at+jwt under RFC 9068, and the claims of that RFC must be there", async () => {
    const strict = { tokenProfile: "rfc9068" } as const;
    expect(await verify(await sign(key, { jti: "1" }), strict)).toBe("authenticated");
    expect(await verify(await sign(key, { jti: "1" }, { typ: "JWT" }), strict)).toBe("invalid_token");
    expect(await verify(await sign(key, {}), strict)).toBe("invalid_claims");
  });

  test("may lack the kid: the token is tried against the fitting keys", async () => {
    const other = await createSigningKey("key-2");
    provider.answers.set("/jwks", toKeySet(other, key));
    expect(await verify(await sign(key, {}, { kid: undefined }))).toBe("authenticated");
    expect(await verify(await sign(await createSigningKey(), {}, { kid: undefined }))).toBe("invalid_token");
  });

  test("may have the kid of several keys, four of which are tried", async () => {
    const others = await Promise.all(Array.from({ length: 4 }, () => createSigningKey("key-1")));
    provider.answers.set("/jwks", toKeySet(...others.slice(1), key));
    expect(await verify(await sign(key))).toBe("authenticated");
    provider.answers.set("/jwks", toKeySet(...others, key));
    expect(await verify(await sign(key))).toBe("invalid_token");
  });
});

describe("a token that its issuer made for another use is refused", () => {
  test.each([
    [{ nonce: "x" }],
    [{ at_hash: "x" }],
    [{ c_hash: "x" }],
    [{ s_hash: "x" }],
    [{ events: {} }],
    [{ typ: "ID" }],
    [{ typ: "Refresh" }],
    [{ token_use: "id" }],
  ])("%j", async (claims) => {
    expect(await verify(await sign(key, claims))).toBe("invalid_token");
  });

  test("and one that says it is for access is not", async () => {
    expect(await verify(await sign(key, { typ: "Bearer", token_use: "access" }))).toBe("authenticated");
  });
});

describe("a member of the key set", () => {
  test("that says more of its uses than the runtime knows still serves", async () => {
    const { keys } = toKeySet(key);
    provider.answers.set("/jwks", {
      keys: keys.map((member) => ({ ...member, key_ops: ["verify", "verify"], ext: "x" })),
    });
    expect(await verify(await sign(key))).toBe("authenticated");
  });

  test("that is weak, private, symmetric, for encryption or malformed is left out, and the rest serve", async () => {
    const {
      keys: [good = {} as JWK],
    } = toKeySet(key);
    const { privateKey } = await generateKeyPair("RS256", { extractable: true, modulusLength: 2048 });
    const unusable = [null, "x", { ...good, n: "AQAB" }, { ...good, e: "Aw" }, await exportJWK(privateKey)];
    provider.answers.set("/jwks", {
      keys: [...unusable, { ...good, use: "enc" }, { ...good, key_ops: ["sign"] }, good],
    });
    expect(await verify(await sign(key))).toBe("authenticated");
    for (const member of [...unusable, { ...good, use: "enc" }, { ...good, key_ops: ["sign"] }]) {
      provider.answers.set("/jwks", { keys: [member] });
      expect(await verify(await sign(key))).toBe("provider_unavailable");
    }
  });
});

test("options are checked before any call, and everything wrong with them is said at once", () => {
  const create = (issuers: readonly IssuerOptions[]) => () => createAuthenticator({ issuers });
  expect(create([])).toThrow("issuers must name at least one issuer");
  expect(create([{ issuer: "http://example.com", timeoutMs: 0 }])).toThrow(
    /issuers\[0\]\.issuer must be an https URL.*issuers\[0\]\.timeoutMs must be.*/,
  );
  expect(create([{ issuer: "https://a" }])).toThrow("issuers[0].audience is required");
  expect(create([{ issuer: "https://a", audience: "x", algorithms: ["HS256"] }])).toThrow(
    "issuers[0].algorithms must be",
  );
  expect(create([{ issuer: "https://a", method: "introspection" }])).toThrow("issuers[0].clientSecret is required");
  expect(
    create([{ issuer: "https://a", audience: "x", audiance: "y", constructor: 1 } as unknown as IssuerOptions]),
  ).toThrow("createAuthenticator: issuers[0].audiance is not an option; issuers[0].constructor is not an option.");
  for (const none of [undefined, null, "https://a", [], 0]) {
    expect(create([none as unknown as IssuerOptions])).toThrow("createAuthenticator: issuers[0] must be an object");
  }
  expect(create([{} as IssuerOptions])).toThrow("issuers[0].issuer must be a string");
  expect(create(undefined as unknown as IssuerOptions[])).toThrow("issuers must name at least one issuer");
  const same = { issuer: "https://a", audience: "x" };
  for (const maxCachedTokens of [0, -1, 1.5, Number.NaN, 2 ** 40]) {
    expect(() => createAuthenticator({ issuers: [same], maxCachedTokens })).toThrow("maxCachedTokens must be");
  }
  expect(create([same, same])).toThrow("issuers must differ");
});
