import { checkClaims, isOtherTokenType, toScopes } from "./claims.ts";
import type { Clock } from "./clock.ts";
import { parseCompactForm, type UnverifiedToken } from "./compact-form.ts";
import type { Issuer } from "./issuer.ts";
import { type KeySet, type Keys, softLimitMs } from "./key-set.ts";
import { type Claims, createPrincipal } from "./principal.ts";
import { isSignedBy } from "./signature.ts";
import { rejected, type TokenVerifier, unavailable } from "./verification.ts";

/** How many keys a token without a telling `kid` is tried against. */
const maxKeysTried = 4;

/** Claims of ID tokens (OpenID Connect Core 1.0 section 3) and logout tokens, which are for the client and no API. */
const otherMarks = ["nonce", "at_hash", "c_hash", "s_hash", "events"];

/** What RFC 9068 section 2.2 requires beside `iss`, `aud` and `exp`. */
const rfc9068Claims = ["sub", "client_id", "iat", "jti"];

/**
 * Verifies JWT access tokens against the issuer's key set (RFC 7519, RFC 8725, RFC 9068).
 * A revoked token stays good until `exp`: JWTs are not asked about.
 */
export function createJwtVerifier(issuer: Issuer, keySet: KeySet, clock: Clock): TokenVerifier {
  const required = ["iss", "aud", "exp", ...(issuer.tokenProfile === "rfc9068" ? rfc9068Claims : [])];
  const rules = {
    issuer: issuer.issuer,
    audiences: issuer.audience,
    clockToleranceS: issuer.clockToleranceS,
    required,
  };

  return async (token) => {
    const form = parseCompactForm(token);
    if (form === undefined || !isAcceptable(form.unverifiedHeader, issuer)) return rejected("invalid_token");
    // Before any key is asked for: another issuer's token must not make us call ours.
    if (form.unverifiedClaims["iss"] !== issuer.issuer) return rejected("invalid_claims");

    let keys = await keySet.current();
    if (keys === undefined) return unavailable();
    let signature = checkSignature(form, keys);
    // Without a kid, a new key shows only by the old ones not fitting.
    if (signature === "no_key" || (signature === "bad" && form.unverifiedHeader["kid"] === undefined)) {
      const newer = await keySet.newerThan(keys);
      if (newer === undefined) return unavailable();
      if (newer !== keys) signature = checkSignature(form, newer);
      keys = newer;
    }
    if (signature !== "good") return rejected("invalid_token");

    const claims = form.unverifiedClaims; // no longer: these very bytes were signed
    if (isForAnotherUse(claims)) return rejected("invalid_token");
    const reason = checkClaims(claims, rules, clock.wallMs() / 1000);
    if (reason !== undefined) return rejected(reason);
    const principal = createPrincipal(claims, issuer.issuer, toScopes(claims, issuer.scopeClaims));
    return { kind: "verified", principal, reusableUntilMs: keys.fetchedAtMs + softLimitMs };
  };
}

/** Header parameters that are checked before any key is looked for (RFC 8725 sections 3.1 and 3.11). */
function isAcceptable(header: Readonly<Record<string, unknown>>, { algorithms, tokenProfile }: Issuer): boolean {
  const { alg, kid, typ, crit } = header;
  return (
    algorithms.some((accepted) => accepted === alg) &&
    (kid === undefined || typeof kid === "string") &&
    // No extension is understood here, so none may be critical (RFC 7515 section 4.1.11).
    crit === undefined &&
    !Object.hasOwn(header, "b64") &&
    isAccessTokenType(typ, tokenProfile)
  );
}

function isAccessTokenType(typ: unknown, profile: Issuer["tokenProfile"]): boolean {
  if (typ === undefined) return profile === "any";
  if (typeof typ !== "string") return false;
  const type = typ.toLowerCase().replace(/^application\//, "");
  return type === "at+jwt" || (profile === "any" && type === "jwt");
}

function isForAnotherUse(claims: Claims): boolean {
  return (
    otherMarks.some((name) => Object.hasOwn(claims, name)) ||
    isOtherTokenType(claims["typ"]) ||
    isOtherTokenType(claims["token_use"])
  );
}

type Signature = "good" | "bad" | "no_key";

/** The key is chosen from the issuer's own, by `kid` and `alg`; a key or an address in the header is never looked at. */
function checkSignature({ unverifiedHeader, signedBytes, signature }: UnverifiedToken, { keys }: Keys): Signature {
  const { alg, kid } = unverifiedHeader;
  if (typeof alg !== "string") return "bad";
  const fitting = keys.filter((key) => (kid === undefined || key.kid === kid) && key.isFor(alg));
  if (fitting.length === 0) return "no_key";
  const tried = fitting.slice(0, maxKeysTried);
  return tried.some(({ key }) => isSignedBy(key, alg, signedBytes, signature)) ? "good" : "bad";
}
