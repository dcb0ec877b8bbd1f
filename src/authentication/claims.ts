import type { RefusalReason } from "../errors.ts";
import { isJsonObject } from "./json-object.ts";
import type { Claims } from "./principal.ts";

/** What the claims of a token must say. */
export interface ClaimRules {
  readonly issuer: string;
  /** The token must name one of them; empty: any audience will do. */
  readonly audiences: readonly string[];
  readonly clockToleranceS: number;
  /** Claims that must be there. The others are checked when they are. */
  readonly required: readonly string[];
}

const maxSubjectBytes = 1024;

/**
 * Checks registered claims (RFC 7519 section 4.1, RFC 9068 section 2.2): undefined when all hold, else why not.
 * `token_expired` only when expiry is all that is wrong. Does not look at scopes, nor at `cnf` (`refuseBound`).
 */
export function checkClaims(claims: Claims, rules: ClaimRules, nowSeconds: number): RefusalReason | undefined {
  if (rules.required.some((name) => claims[name] === undefined)) return "invalid_claims";
  const { iss, aud, exp, nbf, iat, sub } = claims;
  const latest = nowSeconds + rules.clockToleranceS;
  const holds =
    (iss === undefined || iss === rules.issuer) &&
    (aud === undefined || isForUs(aud, rules.audiences)) &&
    (exp === undefined || Number.isFinite(exp)) &&
    (nbf === undefined || isAtMost(nbf, latest)) &&
    (iat === undefined || isAtMost(iat, latest)) &&
    (sub === undefined || isSubject(sub)) &&
    [claims["client_id"], claims["azp"]].every((id) => id === undefined || typeof id === "string");
  if (!holds) return "invalid_claims";
  if (typeof exp === "number" && exp <= nowSeconds - rules.clockToleranceS) return "token_expired";
  return undefined;
}

function isForUs(aud: unknown, audiences: readonly string[]): boolean {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return (
    named.every((name) => typeof name === "string") &&
    (audiences.length === 0 || named.some((name) => audiences.includes(name)))
  );
}

function isAtMost(value: unknown, latest: number): boolean {
  return typeof value === "number" && Number.isFinite(value) && value <= latest;
}

function isSubject(sub: unknown): boolean {
  return typeof sub === "string" && sub.length > 0 && Buffer.byteLength(sub) <= maxSubjectBytes;
}

/** Names of tokens that are for other uses, also as URNs of RFC 8693 section 3. */
const otherTokenType = /^(?:urn:ietf:params:oauth:token-type:)?(?:id|refresh|offline|logout)(?:[_-]?token)?$/i;

/** Whether a claim that names a token's type (`token_type`, `token_use`, `typ`) is there and names no access token's. */
export function isOtherTokenType(value: unknown): boolean {
  return value !== undefined && (typeof value !== "string" || otherTokenType.test(value));
}

/**
 * The scopes that claims grant. Of each named claim, a string is split at spaces (RFC 6749 section 3.3),
 * an array gives its strings as they are, an object gives its keys, whatever their values.
 * Only a top-level claim of the token's own counts.
 */
export function toScopes(claims: Claims, scopeClaims: readonly string[]): readonly string[] {
  return scopeClaims
    .filter((name) => Object.hasOwn(claims, name))
    .flatMap((name) => toGranted(claims[name]))
    .filter((scope) => scope !== "");
}

function toGranted(value: unknown): readonly string[] {
  if (typeof value === "string") return value.split(" ");
  if (Array.isArray(value)) return value.filter((item) => typeof item === "string");
  return isJsonObject(value) ? Object.keys(value) : [];
}
