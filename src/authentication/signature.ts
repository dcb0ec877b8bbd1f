import { constants, type KeyObject, type SignKeyObjectInput, verify } from "node:crypto";

interface SignatureAlgorithm {
  /** The kind of key, and where it has one its curve, that the algorithm is bound to (RFC 8725 section 3.1). */
  readonly kty: string;
  readonly crv?: string;
  /** Null where the algorithm has a digest of its own. */
  readonly digest: string | null;
  readonly options?: Partial<SignKeyObjectInput>;
}

const rsa = (bits: number): SignatureAlgorithm => ({ kty: "RSA", digest: `sha${bits}` });

const rsaPss = (bits: number): SignatureAlgorithm => ({
  kty: "RSA",
  digest: `sha${bits}`,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
});

// JWS has the two numbers side by side (RFC 7518 section 3.4), and not OpenSSL's DER.
const ecdsa = (crv: string, bits: number): SignatureAlgorithm => ({
  kty: "EC",
  crv,
  digest: `sha${bits}`,
  options: { dsaEncoding: "ieee-p1363" },
});

const ed25519: SignatureAlgorithm = { kty: "OKP", crv: "Ed25519", digest: null };

const mlDsa: SignatureAlgorithm = { kty: "AKP", digest: null };

// biome-ignore format: one family a line
const signatureAlgorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  RS256: rsa(256), RS384: rsa(384), RS512: rsa(512),
  PS256: rsaPss(256), PS384: rsaPss(384), PS512: rsaPss(512),
  ES256: ecdsa("P-256", 256), ES384: ecdsa("P-384", 384), ES512: ecdsa("P-521", 512),
  EdDSA: ed25519, Ed25519: ed25519,
  "ML-DSA-44": mlDsa, "ML-DSA-65": mlDsa, "ML-DSA-87": mlDsa,
};

/** The asymmetric JWS algorithms (RFC 7518, 8037 and 9864, and ML-DSA): symmetric ones and `none` are not among them. */
export const asymmetricAlgorithms: readonly string[] = Object.keys(signatureAlgorithms);

/** Whether a JWK with these members is for an algorithm. */
export function isKeyFor(algorithm: string, jwk: Readonly<Record<string, unknown>>): boolean {
  const { kty, crv } = signatureAlgorithms[algorithm] ?? {};
  if (kty === undefined || jwk["kty"] !== kty || (crv !== undefined && jwk["crv"] !== crv)) return false;
  // A key of type AKP must say which algorithm it is for.
  return jwk["alg"] === algorithm || (jwk["alg"] === undefined && kty !== "AKP");
}

// RFC 8017 sections 8.1.2 and 8.2.2, step 1. Of PSS, OpenSSL would take one without its leading zeros.
const isAsLongAsModulus = (key: KeyObject, signature: Buffer): boolean =>
  signature.length === Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);

/**
 * Whether `signature` is the algorithm's, of `data`, by the holder of `key`. Synchronous: to hand so little work to
 * another thread takes longer than to do it. Does not check that the key is for the algorithm (`isKeyFor`).
 */
export function isSignedBy(key: KeyObject, algorithm: string, data: Buffer, signature: Buffer): boolean {
  const { kty, digest, options } = signatureAlgorithms[algorithm] ?? {};
  if (digest === undefined || (kty === "RSA" && !isAsLongAsModulus(key, signature))) return false;
  try {
    return verify(digest, data, { key, ...options }, signature);
  } catch {
    return false;
  }
}
