import { hash } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { type AuthenticatorOptions, createAuthenticator } from "../../src/authentication/authenticator.ts";
import type { Authentication } from "../../src/authentication/principal.ts";
import { audience, type TokenClaims } from "./provider.ts";

/** Where the tests' API is for its clients; it listens somewhere else. */
export const graphqlUrl = "http://api.example.com/graphql";

/** What a proof says other than a good one for a POST; undefined leaves a claim out. */
export interface ProofChange {
  readonly claims?: TokenClaims;
  readonly header?: TokenClaims;
  /** Signs it instead of the client's own key. */
  readonly signer?: JWK;
}

/** A client with a key of its own. */
export interface DpopClient {
  readonly privateKey: JWK;
  readonly publicKey: JWK;
  /** What its tokens are bound to. */
  readonly thumbprint: string;
  /** A proof for a token; good as it is for one POST to `graphqlUrl`. */
  readonly prove: (token: string, change?: ProofChange) => Promise<string>;
}

export async function createDpopClient(alg = "ES256", modulusLength = 2048): Promise<DpopClient> {
  const pair = await generateKeyPair(alg, { extractable: true, modulusLength });
  const [privateKey, publicKey] = await Promise.all([exportJWK(pair.privateKey), exportJWK(pair.publicKey)]);
  return {
    privateKey,
    publicKey,
    thumbprint: await calculateJwkThumbprint(publicKey),
    prove: async (token, { claims, header, signer = privateKey } = {}) => {
      const said = { ...createClaims(token), ...claims };
      const protectedHeader = { typ: "dpop+jwt", alg, jwk: publicKey, ...header };
      return new SignJWT(said)
        .setProtectedHeader(protectedHeader)
        .sign(await importJWK(signer, alg), { crit: { x: true } });
    },
  };
}

function createClaims(token: string): TokenClaims {
  return {
    jti: crypto.randomUUID(),
    htm: "POST",
    htu: graphqlUrl,
    iat: Math.floor(Date.now() / 1000),
    ath: hash("sha256", token, "base64url"),
  };
}

/** Who sends a request with this `Authorization` and these proofs: how the token was sent, or the reason against. */
export type Ask = (authorization: string, proof?: string | string[], method?: string) => Promise<string>;

/** Asks an authenticator for tokens of one issuer, by default one that accepts both kinds. */
export function createAsk(
  issuer: string,
  dpop: Partial<NonNullable<AuthenticatorOptions["dpop"]>> = {},
  options: Partial<AuthenticatorOptions> = {},
): Ask {
  const all = { mode: "allowed", url: graphqlUrl, ...dpop } as const;
  const authenticate = createAuthenticator({ issuers: [{ issuer, audience }], dpop: all, ...options });
  return async (authorization, proof, method = "POST") => {
    const proofs = [proof ?? []].flat();
    // As Node shows them: joined in one place, apart in the other.
    const headers = { authorization, ...(proofs.length > 0 && { dpop: proofs.join(", ") }) };
    const rawHeaders = ["Authorization", authorization, ...proofs.flatMap((one) => ["DPoP", one])];
    return summarize(await authenticate({ method, headers, rawHeaders }));
  };
}

export function summarize(authentication: Authentication): string {
  if ("error" in authentication) return authentication.error.reason;
  return authentication.kind === "authenticated" ? (authentication.scheme ?? "Bearer") : authentication.kind;
}
