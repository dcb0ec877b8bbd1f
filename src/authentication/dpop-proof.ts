import { hash } from "node:crypto";
import type { JWK } from "jose";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import { dpopAlgorithms } from "../errors.ts";
import { parseCompactForm, type UnverifiedToken } from "./compact-form.ts";
import { toComparableUrl } from "./comparable-url.ts";
import { isSignedBy } from "./signature.ts";
import { parseUsableKey, type UsableKey } from "./usable-keys.ts";

/** What a proof must have been made for, and when. */
export interface ProofRules {
  readonly method: string | undefined;
  /** As `toComparableUrl` gives it. */
  readonly url: string;
  /** The access token that the proof comes with. */
  readonly token: string;
  readonly nowSeconds: number;
  readonly clockToleranceS: number;
}

/** A DPoP proof that says what it must. Its signature is not verified. */
export interface UnverifiedProof {
  readonly form: UnverifiedToken;
  readonly algorithm: string;
  readonly unverifiedKey: UsableKey;
  readonly unverifiedId: string;
}

/** How long ago a proof may have been made, in seconds, beside the clock tolerance (RFC 9449 section 11.1). */
export const maxProofAgeS = 60;

const maxProofLength = 8192;
const maxIdLength = 256;

/** Of an RSA key, in bits. A client's own key must not make each of its requests expensive. */
const maxModulusLength = 4096;

/**
 * Checks everything of a DPoP proof (RFC 9449 section 4.3) that needs neither its signature nor what its token says.
 * Undefined when something does not hold.
 */
export function parseProof(jwt: unknown, rules: ProofRules): UnverifiedProof | undefined {
  if (typeof jwt !== "string" || jwt.length > maxProofLength) return undefined;
  const form = parseCompactForm(jwt);
  if (form === undefined) return undefined;
  const { typ, alg, jwk, crit } = form.unverifiedHeader;
  const { jti } = form.unverifiedClaims;
  const unverifiedKey = parseUsableKey(jwk);
  const holds =
    typ === "dpop+jwt" &&
    typeof alg === "string" &&
    dpopAlgorithms.includes(alg) &&
    // No extension is understood here, so none may be critical (RFC 7515 section 4.1.11).
    crit === undefined &&
    !Object.hasOwn(form.unverifiedHeader, "b64") &&
    unverifiedKey?.isFor(alg) === true &&
    isCheap(unverifiedKey) &&
    isIdentifier(jti) &&
    isForRequest(form.unverifiedClaims, rules) &&
    isTimely(form.unverifiedClaims, rules);
  return holds ? { form, algorithm: alg, unverifiedKey, unverifiedId: jti } : undefined;
}

/**
 * Whether the proof was signed by the key in it, and that is the key which the token is bound to, by its SHA-256
 * thumbprint (RFC 7638). The key is compared first: nobody can have us verify signatures of a key that no token names.
 */
export async function verifyProof(
  { form, algorithm, unverifiedKey: { key } }: UnverifiedProof,
  boundThumbprint: string,
): Promise<"good" | "bad" | "other_key"> {
  const { unverifiedHeader, signedBytes, signature } = form;
  if ((await calculateJwkThumbprint(unverifiedHeader["jwk"] as JWK)) !== boundThumbprint) return "other_key";
  return isSignedBy(key, algorithm, signedBytes, signature) ? "good" : "bad";
}

function isCheap({ key: { asymmetricKeyDetails } }: UsableKey): boolean {
  const { modulusLength = 0, publicExponent = 65_537n } = asymmetricKeyDetails ?? {};
  return modulusLength <= maxModulusLength && publicExponent === 65_537n;
}

function isIdentifier(jti: unknown): jti is string {
  return typeof jti === "string" && jti.length > 0 && jti.length <= maxIdLength;
}

function isForRequest(claims: Readonly<Record<string, unknown>>, { method, url, token }: ProofRules): boolean {
  const { htm, htu, ath } = claims;
  return (
    typeof htm === "string" &&
    htm === method &&
    toComparableUrl(htu) === url &&
    ath === hash("sha256", token, "base64url")
  );
}

/** `exp` and `nbf` are no claims of a proof, but one that has them is good only then. */
function isTimely({ iat, exp, nbf }: Readonly<Record<string, unknown>>, rules: ProofRules): boolean {
  const earliest = rules.nowSeconds - rules.clockToleranceS;
  const latest = rules.nowSeconds + rules.clockToleranceS;
  const isBetween = (time: unknown, from: number, to: number): boolean =>
    typeof time === "number" && time >= from && time <= to;
  return (
    isBetween(iat, earliest - maxProofAgeS, latest) &&
    (exp === undefined || isBetween(exp, earliest, Number.POSITIVE_INFINITY)) &&
    (nbf === undefined || isBetween(nbf, Number.NEGATIVE_INFINITY, latest))
  );
}
