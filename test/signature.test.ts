import {
  constants,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign as signBytes,
} from "node:crypto";
import { CompactSign } from "jose";
import { describe, expect, test } from "vitest";
import { asymmetricAlgorithms, isKeyFor, isSignedBy } from "../src/authentication/signature.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = (namedCurve: string): { privateKey: KeyObject; publicKey: KeyObject } =>
  generateKeyPairSync("ec", { namedCurve });
const pairs = { "P-256": ec("P-256"), "P-384": ec("P-384"), "P-521": ec("P-521") };
const ed25519 = generateKeyPairSync("ed25519");

/** Every algorithm that this version of Node can sign with, and a key pair for it. */
const all = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].map((alg) => [alg, rsa] as const),
  ["ES256", pairs["P-256"]] as const,
  ["ES384", pairs["P-384"]] as const,
  ["ES512", pairs["P-521"]] as const,
  ["EdDSA", ed25519] as const,
  ["Ed25519", ed25519] as const,
];

async function sign(alg: string, key: KeyObject, payload = "{}"): Promise<{ data: Buffer; signature: Buffer }> {
  const jws = await new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg }).sign(key);
  const end = jws.lastIndexOf(".");
  return { data: Buffer.from(jws.slice(0, end)), signature: Buffer.from(jws.slice(end + 1), "base64url") };
}

describe("a signature that jose made", () => {
  test.each(all)("with %s is good, and no other of its bits are", async (alg, { privateKey, publicKey }) => {
    const { data, signature } = await sign(alg, privateKey);
    expect(isSignedBy(publicKey, alg, data, signature)).toBe(true);
    expect(isSignedBy(publicKey, alg, Buffer.concat([data, Buffer.from(".")]), signature)).toBe(false);
    for (const index of [0, signature.length >> 1, signature.length - 1]) {
      const changed = Buffer.from(signature);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(isSignedBy(publicKey, alg, data, changed)).toBe(false);
    }
    for (const other of [
      Buffer.alloc(0),
      Buffer.alloc(signature.length),
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
    ]) {
      expect(isSignedBy(publicKey, alg, data, other)).toBe(false);
    }
  });

  test.each(all)("with %s is good for no other algorithm", async (alg, { privateKey, publicKey }) => {
    const { data, signature } = await sign(alg, privateKey);
    const jwk = { ...publicKey.export({ format: "jwk" }) };
    const others = asymmetricAlgorithms.filter(
      (other) => isKeyFor(other, jwk) && isSignedBy(publicKey, other, data, signature),
    );
    expect(others).toEqual(alg === "EdDSA" || alg === "Ed25519" ? ["EdDSA", "Ed25519"] : [alg]);
  });
});

test("an elliptic signature in DER is none", () => {
  const der = createSign("sha256").update("data").sign(pairs["P-256"].privateKey);
  expect(isSignedBy(pairs["P-256"].publicKey, "ES256", Buffer.from("data"), der)).toBe(false);
});

test("a PSS signature has a salt as long as its digest (RFC 7518 section 3.5), and no other", () => {
  const data = Buffer.from("data");
  const signWithSalt = (saltLength: number): Buffer =>
    signBytes("sha256", data, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
  const lengths = [0, 20, 31, 32, 33, 64];
  expect(lengths.map((length) => isSignedBy(rsa.publicKey, "PS256", data, signWithSalt(length)))).toEqual(
    lengths.map((length) => length === 32),
  );
});

test.each(["RS256", "PS256"])(
  "a signature with %s is as long as the modulus (RFC 8017), with its zeros",
  async (alg) => {
    const keys = [2048, 2049].map((modulusLength) => generateKeyPairSync("rsa", { modulusLength }));
    for (const { privateKey, publicKey } of keys) {
      let signed: { data: Buffer; signature: Buffer };
      do signed = await sign(alg, privateKey, randomUUID());
      while (signed.signature[0] !== 0);
      const { data, signature } = signed;
      expect(isSignedBy(publicKey, alg, data, signature)).toBe(true);
      expect(isSignedBy(publicKey, alg, data, signature.subarray(1))).toBe(false);
    }
  },
);

describe("a key is for an algorithm", () => {
  const toJwk = (key: KeyObject): JsonWebKey => key.export({ format: "jwk" });

  test("of its own kind and curve only", () => {
    const kinds = Object.fromEntries(
      [rsa, ...Object.values(pairs), ed25519].map(({ publicKey }) => {
        const jwk = toJwk(publicKey);
        return [`${jwk.kty} ${jwk.crv ?? ""}`, asymmetricAlgorithms.filter((alg) => isKeyFor(alg, { ...jwk }))];
      }),
    );
    expect(kinds).toEqual({
      "RSA ": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
      "EC P-256": ["ES256"],
      "EC P-384": ["ES384"],
      "EC P-521": ["ES512"],
      "OKP Ed25519": ["EdDSA", "Ed25519"],
    });
  });

  test("that it names, where it names one", () => {
    const jwk = { ...toJwk(rsa.publicKey), alg: "PS256" };
    expect(asymmetricAlgorithms.filter((alg) => isKeyFor(alg, jwk))).toEqual(["PS256"]);
    expect(asymmetricAlgorithms.filter((alg) => isKeyFor(alg, { kty: "AKP" }))).toEqual([]);
    expect(asymmetricAlgorithms.filter((alg) => isKeyFor(alg, { kty: "AKP", alg: "ML-DSA-44" }))).toEqual([
      "ML-DSA-44",
    ]);
  });

  test.each(["none", "HS256", "constructor", "__proto__", ""])("never for %j", (alg) => {
    const key = createPublicKey({ key: toJwk(rsa.publicKey), format: "jwk" });
    expect(isKeyFor(alg, { ...toJwk(rsa.publicKey) })).toBe(false);
    expect(isSignedBy(key, alg, Buffer.from("x"), Buffer.from("x"))).toBe(false);
  });
});
