import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { calculateJwkThumbprint, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAuthenticator } from "../src/authentication/authenticator.ts";
import { parseProof } from "../src/authentication/dpop-proof.ts";
import type { ProviderClient } from "../src/authentication/provider-client.ts";
import {
  type Ask,
  createAsk,
  createDpopClient,
  type DpopClient,
  graphqlUrl,
  type ProofChange,
  summarize,
} from "./support/dpop.ts";
import { audience, startProvider, type TestProvider } from "./support/provider.ts";

let provider: TestProvider;
let client: DpopClient;
let other: DpopClient;
/** A token that is bound to the client's key. */
let token: string;
let ask: Ask;
beforeAll(async () => {
  provider = await startProvider();
  [client, other] = await Promise.all([createDpopClient(), createDpopClient()]);
  token = await provider.sign({ cnf: { jkt: client.thumbprint } });
  ask = createAsk(provider.issuer);
});
afterAll(() => provider.stop());

const now = (): number => Math.floor(Date.now() / 1000);
const decode = (part = ""): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString());
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a token with its proof", () => {
  test.each(["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256", "RS256", "RS512"])(
    "is accepted with %s",
    async (alg) => {
      const holder = await createDpopClient(alg);
      const bound = await provider.sign({ cnf: { jkt: holder.thumbprint } });
      expect(await ask(`DPoP ${bound}`, await holder.prove(bound))).toBe("DPoP");
    },
  );

  test.each([
    [{ htu: `${graphqlUrl}?query=%7B__typename%7D#part` }],
    [{ htu: "HTTP://API.example.com:80/%67raphql" }],
    [{ jti: "x".repeat(256) }],
    [{ exp: now() + 600, nbf: now() - 60 }],
    [{ nonce: "not asked for" }],
  ])("is accepted when the proof says %j", async (claims) => {
    expect(await ask(`dpop  ${token}`, await client.prove(token, { claims }))).toBe("DPoP");
  });

  test("is accepted again with a new proof, and refused again with a bad one, although the token is known", async () => {
    for (const _ of [1, 2]) expect(await ask(`DPoP ${token}`, await client.prove(token))).toBe("DPoP");
    expect(await ask(`DPoP ${token}`)).toBe("invalid_dpop_proof");
    const claims = { iat: now() - 600 };
    expect(await ask(`DPoP ${token}`, await client.prove(token, { claims }))).toBe("invalid_dpop_proof");
    const { privateKey: signer } = other;
    expect(await ask(`DPoP ${token}`, await client.prove(token, { signer }))).toBe("invalid_dpop_proof");
  });
});

test("a proof is good for 60 seconds, give or take the clock tolerance", async () => {
  const madeAtSeconds = 1_700_000_000;
  const jwt = await client.prove(token, { claims: { iat: madeAtSeconds } });
  const rules = { method: "POST", url: graphqlUrl, token, clockToleranceS: 5 };
  const isGood = (afterS: number): boolean =>
    parseProof(jwt, { ...rules, nowSeconds: madeAtSeconds + afterS }) !== undefined;
  expect([-5.1, -5, 0, 65, 65.1].map(isGood)).toEqual([false, true, true, true, false]);
});

describe("a proof is refused", () => {
  test.each<[string, () => ProofChange]>([
    ["for another method", () => ({ claims: { htm: "GET" } })],
    ["for the method in small letters", () => ({ claims: { htm: "post" } })],
    ["without a method", () => ({ claims: { htm: undefined } })],
    ["for another path", () => ({ claims: { htu: "http://api.example.com/" } })],
    ["for another host", () => ({ claims: { htu: "http://evil.example.com/graphql" } })],
    ["for another scheme", () => ({ claims: { htu: "https://api.example.com/graphql" } })],
    ["for a list of URLs", () => ({ claims: { htu: [graphqlUrl] } })],
    ["without a URL", () => ({ claims: { htu: undefined } })],
    ["for another token", () => ({ claims: { ath: "x" } })],
    ["for no token", () => ({ claims: { ath: undefined } })],
    ["made too long ago", () => ({ claims: { iat: now() - 67 } })],
    ["made in the future", () => ({ claims: { iat: now() + 60 } })],
    ["made at no time", () => ({ claims: { iat: undefined } })],
    ["made at a time in words", () => ({ claims: { iat: String(now()) } })],
    ["that has expired", () => ({ claims: { exp: now() - 6 } })],
    ["that expires at no number", () => ({ claims: { exp: "never" } })],
    ["that is not yet good", () => ({ claims: { nbf: now() + 60 } })],
    ["without an id", () => ({ claims: { jti: undefined } })],
    ["with an empty id", () => ({ claims: { jti: "" } })],
    ["with a number as its id", () => ({ claims: { jti: 7 } })],
    ["with a long id", () => ({ claims: { jti: "x".repeat(257) } })],
    ["of another type", () => ({ header: { typ: "JWT" } })],
    ["of no type", () => ({ header: { typ: undefined } })],
    ["without a key", () => ({ header: { jwk: undefined } })],
    ["with a key in words", () => ({ header: { jwk: "key" } })],
    ["with the private key in it", () => ({ header: { jwk: client.privateKey } })],
    ["with a key for encryption", () => ({ header: { jwk: { ...client.publicKey, use: "enc" } } })],
    ["with a key for another algorithm", () => ({ header: { jwk: { ...client.publicKey, alg: "ES384" } } })],
    ["signed by another key than the one in it", () => ({ signer: other.privateKey })],
    ["with an extension to understand", () => ({ header: { crit: ["x"], x: 1 } })],
    ["with b64", () => ({ header: { b64: true } })],
    ["that is longer than 8 KiB", () => ({ claims: { more: "x".repeat(8192) } })],
  ])("%s", async (_, change) => {
    expect(await ask(`DPoP ${token}`, await client.prove(token, change()))).toBe("invalid_dpop_proof");
  });

  test.each<[string, (parts: string[]) => string | string[]]>([
    ["empty", () => ""],
    ["no JWT", () => "proof"],
    ["padded", (parts) => `${parts.join(".")}=`],
    ["with a space", (parts) => `${parts.join(".")} `],
    ["without its signature", ([header, claims]) => `${header}.${claims}.`],
    ["with alg none", ([header, claims]) => `${encode({ ...decode(header), alg: "none" })}.${claims}.AA`],
    ["with a changed claim", ([h, claims, s]) => `${h}.${encode({ ...decode(claims), jti: "other" })}.${s}`],
    ["sent twice", (parts) => [parts.join("."), parts.join(".")]],
    ["sent twice, once empty", (parts) => [parts.join("."), ""]],
  ])("that is %s", async (_, change) => {
    const parts = (await client.prove(token)).split(".");
    expect(await ask(`DPoP ${token}`, change(parts))).toBe("invalid_dpop_proof");
  });

  test("that is signed symmetrically, with the key that is in it", async () => {
    const secret = { kty: "oct", k: Buffer.alloc(32).toString("base64url") };
    const proof = await client.prove(token);
    const [, claims] = proof.split(".");
    const signed = `${encode({ typ: "dpop+jwt", alg: "HS256", jwk: secret })}.${claims}`;
    const mac = createHmac("sha256", Buffer.alloc(32)).update(signed).digest("base64url");
    expect(await ask(`DPoP ${token}`, `${signed}.${mac}`)).toBe("invalid_dpop_proof");
  });

  test.each([
    [1024, 65_537],
    [5120, 65_537],
    [2048, 65_539],
  ])("with an RSA key of %i bits and exponent %i", async (modulusLength, publicExponent) => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength, publicExponent });
    const jwk = publicKey.export({ format: "jwk" }) as JWK;
    const bound = await provider.sign({ cnf: { jkt: await calculateJwkThumbprint(jwk) } });
    const [, claims] = (await client.prove(bound)).split(".");
    const signed = `${encode({ typ: "dpop+jwt", alg: "RS256", jwk })}.${claims}`;
    const signature = createSign("sha256").update(signed).sign(privateKey).toString("base64url");
    expect(await ask(`DPoP ${bound}`, `${signed}.${signature}`)).toBe("invalid_dpop_proof");
  });

  test("when the request has no method to compare with, though the proof names none either", async () => {
    const authenticate = createAuthenticator({
      issuers: [{ issuer: provider.issuer, audience }],
      dpop: { mode: "allowed", url: graphqlUrl },
    });
    const dpop = await client.prove(token, { claims: { htm: undefined } });
    const headers = { authorization: `DPoP ${token}`, dpop };
    expect(summarize(await authenticate({ headers }))).toBe("invalid_dpop_proof");
  });

  test("before anything is asked about its token, when that can be seen without", async () => {
    const asked: string[] = [];
    const askProvider: ProviderClient = async ({ url }) => {
      asked.push(url);
      return { kind: "failed", why: "cut" };
    };
    const cut = createAsk(provider.issuer, {}, { askProvider });
    const proof = await client.prove(token);
    const [header, ...rest] = proof.split(".");
    const extended = await client.prove(token, { header: { crit: ["x"], x: 1 } });
    for (const bad of ["proof", [encode({ ...decode(header), alg: "HS256" }), ...rest].join("."), extended]) {
      expect(await cut(`DPoP ${token}`, bad)).toBe("invalid_dpop_proof");
    }
    expect(asked).toEqual([]);
    expect(await cut(`DPoP ${token}`, proof)).toBe("provider_unavailable");
  });
});

test("no proof is accepted, and none breaks anything, of which any part is something else", async () => {
  const good = (await client.prove(token)).split(".");
  const part = fc.oneof(
    fc.string(),
    fc.base64String().map((text) => text.replaceAll("=", "")),
    fc.jsonValue().map(encode),
    fc.dictionary(fc.constantFrom("jti", "htm", "htu", "iat", "ath"), fc.jsonValue()).map((claims) => encode(claims)),
    fc.jsonValue().map((jwk) => encode({ ...decode(good[0]), jwk })),
    fc.dictionary(fc.constantFrom("kty", "crv", "x", "y", "n", "e"), fc.jsonValue()).map((jwk) => {
      const header = decode(good[0]);
      return encode({ ...header, jwk: { ...client.publicKey, ...jwk } });
    }),
  );
  await fc.assert(
    fc.asyncProperty(part, fc.nat(2), async (value, index) => {
      fc.pre(value !== good[index]);
      const proof = good.with(index, value).join(".");
      expect(["invalid_dpop_proof", "invalid_token"]).toContain(await ask(`DPoP ${token}`, proof));
    }),
    { numRuns: 500 },
  );
});
