import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { isJsonObject } from "./json-object.ts";
import { asymmetricAlgorithms, isKeyFor } from "./signature.ts";

/** A public key that may verify tokens. */
export interface UsableKey {
  readonly key: KeyObject;
  readonly kid: string | undefined;
  readonly isFor: (algorithm: string) => boolean;
}

/** A key set (RFC 7517 section 5) less the members that must not verify tokens. */
export interface UsableKeys {
  readonly keys: readonly UsableKey[];
  /** How many members were left out. */
  readonly dropped: number;
}

/** Reads a key-set document; undefined when it is none or no member of it is usable. */
export function parseUsableKeys(document: Readonly<Record<string, unknown>> | undefined): UsableKeys | undefined {
  const members: unknown = document?.["keys"];
  if (!Array.isArray(members)) return undefined;
  const keys = members.flatMap((member) => parseUsableKey(member) ?? []);
  return keys.length > 0 ? { keys, dropped: members.length - keys.length } : undefined;
}

const privateMembers = ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv"];

/** Reads a JWK that is public, strong and for signatures; undefined for any other, and for what is none. */
export function parseUsableKey(jwk: unknown): UsableKey | undefined {
  if (!isJsonObject(jwk)) return undefined;
  const { kty, kid, alg, use, key_ops: operations } = jwk;
  if (typeof kty !== "string" || !isOptionalText(kid) || !isOptionalText(alg)) return undefined;
  if (privateMembers.some((name) => name in jwk)) return undefined;
  if (use !== undefined && use !== "sig") return undefined;
  if (alg !== undefined && !asymmetricAlgorithms.includes(alg)) return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) return undefined;
  const key = toKey(jwk);
  return key && isStrong(key) ? { key, kid, isFor: (algorithm) => isKeyFor(algorithm, jwk) } : undefined;
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

// Making a key of it is the only real test of its form; a symmetric or malformed one throws.
function toKey(jwk: object): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
  } catch {
    return undefined;
  }
}

function isStrong({ asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = Number.POSITIVE_INFINITY, publicExponent = 65_537n } = asymmetricKeyDetails ?? {};
  return modulusLength >= 2048 && publicExponent >= 65_537n;
}
