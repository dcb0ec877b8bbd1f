import { createHmac, timingSafeEqual } from "node:crypto";
import { audience } from "../support/provider.ts";
import { createSigner, encode, type Signer, toCompactForm } from "../support/signer.ts";

/** What the API shows at the introspection endpoint. */
export const apiCredentials = { id: "api", secret: "load-test" } as const;

/** The tokens that callers of one kind of replica present. */
export interface TokenSource {
  /** A token, different from all others. `lifetimeS` may be negative. */
  readonly next: (scope?: string, lifetimeS?: number) => string;
  /** One that the provider did not issue but looks as if. */
  readonly forge: () => string;
}

/** Signed tokens, with keys that can be changed. */
export interface SignedTokenSource extends TokenSource {
  /** Tokens are signed with a new key from now on. */
  readonly rotate: () => void;
  /** All keys so far, as members of a key set. */
  readonly publicKeys: () => readonly object[];
}

let tokens = 0;

function createClaims(issuer: string, scope: string | undefined, lifetimeS: number): object {
  const iat = Math.floor(Date.now() / 1000);
  tokens += 1;
  const who = { iss: issuer, aud: audience, sub: "somebody", client_id: "load", jti: String(tokens) };
  return { ...who, iat, exp: iat + lifetimeS, ...(scope !== undefined && { scope }) };
}

const usualLifetimeS = 24 * 3600;

/** Makes JWTs of a provider that has one key. */
export function createSignedTokenSource(issuer: string): SignedTokenSource {
  const signers = [createSigner("EdDSA", "key-1")];
  const sign = (signer: Signer, kid: string, claims: object): string =>
    toCompactForm(signer, { alg: signer.alg, typ: "at+jwt", kid }, claims);
  const latest = (): Signer => signers.at(-1) ?? createSigner("EdDSA", "key-1");
  return {
    next: (scope, lifetimeS = usualLifetimeS) => sign(latest(), latest().kid, createClaims(issuer, scope, lifetimeS)),
    forge: () => sign(createSigner("EdDSA", "forged"), "key-1", createClaims(issuer, undefined, usualLifetimeS)),
    rotate: () => void signers.push(createSigner("EdDSA", `key-${signers.length + 1}`)),
    publicKeys: () => signers.map(({ publicJwk }) => publicJwk),
  };
}

/** Makes tokens that say nothing to an API, and of which the provider needs no memory: it may be killed. */
export function createOpaqueTokenSource(issuer: string, secret: string): TokenSource {
  return {
    next: (scope, lifetimeS = usualLifetimeS) => seal(createClaims(issuer, scope, lifetimeS), secret),
    forge: () => seal(createClaims(issuer, undefined, usualLifetimeS), "another secret"),
  };
}

function seal(claims: object, secret: string): string {
  const sealed = encode(claims);
  return `${sealed}.${toMac(sealed, secret)}`;
}

/** What the provider knows of a token; undefined: it is not one of its own, or no longer. */
export function openToken(token: string, secret: string): Readonly<Record<string, unknown>> | undefined {
  const [sealed = "", mac = ""] = token.split(".");
  const expected = toMac(sealed, secret);
  if (mac.length !== expected.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(expected))) return undefined;
  const claims = JSON.parse(Buffer.from(sealed, "base64url").toString());
  return claims.exp > Date.now() / 1000 ? claims : undefined;
}

function toMac(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
