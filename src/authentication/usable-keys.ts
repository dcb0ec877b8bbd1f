import { createPublicKey, type JsonWebKey } from "node:crypto";
import { createLocalJWKSet, type JWK } from "jose";
import { isJsonObject } from "./json-object.ts";

/** Finds the public key for a protected header; rejects with jose's `JWKSNoMatchingKey` or `JWKSMultipleMatchingKeys`. */
export type KeyFinder = ReturnType<typeof createLocalJWKSet>;

/** A key set (RFC 7517 section 5) less the members that must not verify tokens. */
export interface UsableKeys {
  readonly find: KeyFinder;
  /** How many members were left out. */
  readonly dropped: number;
}

/** Reads a key-set document; undefined when it is none or no member of it is usable. */
export function parseUsableKeys(document: Readonly<Record<string, unknown>> | undefined): UsableKeys | undefined {
  const members: unknown = document?.["keys"];
  if (!Array.isArray(members)) return undefined;
  // What has been looked at is left out: importing a key fails on values of these that harm nobody.
  const keys = members.filter(isUsableKey).map(({ key_ops, ext, ...key }) => key);
  if (keys.length === 0) return undefined;
  return { find: createLocalJWKSet({ keys }), dropped: members.length - keys.length };
}

const privateMembers = ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv"];

/** Whether a member of a key set, or a key that comes with what it signed, is public, strong and for signatures. */
export function isUsableKey(member: unknown): member is JWK {
  if (!isJsonObject(member)) return false;
  const { kty, kid, alg, use, key_ops: operations } = member;
  if (typeof kty !== "string" || ![kid, alg].every((value) => value === undefined || typeof value === "string"))
    return false;
  if (privateMembers.some((name) => name in member)) return false;
  if (use !== undefined && use !== "sig") return false;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) return false;
  return isStrong(member);
}

// Making a key of it is the only real test of its form; a symmetric or malformed one throws.
function isStrong(member: object): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: member as JsonWebKey, format: "jwk" });
    const { modulusLength = Number.POSITIVE_INFINITY, publicExponent = 65_537n } = asymmetricKeyDetails ?? {};
    return modulusLength >= 2048 && publicExponent >= 65_537n;
  } catch {
    return false;
  }
}
