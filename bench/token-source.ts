import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { ProviderClient } from "../src/authentication/provider-client.ts";

export const issuer = "https://issuer.example.com/";
export const audience = "https://api.example.com";

/** A provider without a network: makes tokens, each different from all others, and publishes the key. */
export interface TokenSource {
  readonly keys: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly askProvider: ProviderClient;
  readonly next: () => string;
}

/** `EdDSA` signs tens of times as fast as `RS256`; its tokens are padded to be as long. */
export function createTokenSource(alg: "RS256" | "EdDSA", scope = "a b"): TokenSource {
  const isRsa = alg === "RS256";
  const { publicKey, privateKey } = isRsa
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ed25519");
  const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), alg, kid: "k", use: "sig" }] };
  const iat = Math.floor(Date.now() / 1000);
  const header = encode({ alg, typ: "at+jwt", kid: "k" });
  const filler = isRsa ? {} : { filler: "x".repeat(180) };
  let jti = 0;
  return {
    keys,
    askProvider: async () => ({ kind: "answered", status: 200, json: keys }),
    next: () => {
      const claims = { iss: issuer, aud: audience, sub: "x", scope, iat, exp: iat + 3600, jti: String(jti++) };
      return toToken(`${header}.${encode({ ...claims, ...filler })}`, isRsa ? "sha256" : null, privateKey);
    },
  };
}

function toToken(signed: string, digest: string | null, key: KeyObject): string {
  return `${signed}.${sign(digest, Buffer.from(signed), key).toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
