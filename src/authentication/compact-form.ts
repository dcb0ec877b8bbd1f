import { parseJsonObject } from "./json-object.ts";

/** A JWS in compact form, taken apart. Nothing in it is verified. */
export interface UnverifiedToken {
  readonly unverifiedHeader: Readonly<Record<string, unknown>>;
  readonly unverifiedClaims: Readonly<Record<string, unknown>>;
  /** What was signed: the first two parts as they came. */
  readonly signedBytes: Buffer;
  readonly signature: Buffer;
}

/**
 * Takes a JWT in compact form apart (RFC 7515 section 3.1, RFC 7519 section 7.2), or undefined when it is not one.
 * Stricter than jose: every part is canonical base64url, header and payload are JSON objects in UTF-8.
 * Verifies no signature. An encrypted JWT (five parts) is not one.
 */
export function parseCompactForm(token: string): UnverifiedToken | undefined {
  const [headerPart, payloadPart, signaturePart, ...more] = token.split(".", 4).map(decodeCanonical);
  if (!headerPart || !payloadPart || !signaturePart || more.length > 0) return undefined;
  const unverifiedHeader = parseJsonObject(headerPart);
  const unverifiedClaims = parseJsonObject(payloadPart);
  if (unverifiedHeader === undefined || unverifiedClaims === undefined) return undefined;
  const signedBytes = Buffer.from(token.slice(0, token.lastIndexOf(".")), "latin1");
  return { unverifiedHeader, unverifiedClaims, signedBytes, signature: signaturePart };
}

// Encoding again is the shortest proof of no padding, no foreign characters and no stray bits in the last one.
function decodeCanonical(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, "base64url");
  return bytes.length > 0 && bytes.toString("base64url") === part ? bytes : undefined;
}
