import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JWK } from "jose";

/** A key that signs whatever it is told to, also what no library would. */
export interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** Its public half as a member of a key set, with `kid`, `alg` and `use`. */
  readonly publicJwk: JWK;
}

const curves: Readonly<Record<string, string>> = {
  ES256: "P-256",
  ES384: "P-384",
  ES512: "P-521",
  ES256K: "secp256k1",
};

/** What an RSA key is made with, for weak ones. */
interface RsaOptions {
  readonly modulusLength?: number;
  readonly publicExponent?: number;
}

/** Makes a key pair for an algorithm. */
export function createSigner(
  alg: string,
  kid: string,
  { modulusLength = 2048, publicExponent }: RsaOptions = {},
): Signer {
  const { privateKey, publicKey } = generateKeys(alg, modulusLength, publicExponent);
  const publicJwk = { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" } as JWK;
  return { alg, kid, privateKey, publicJwk };
}

function generateKeys(
  alg: string,
  modulusLength: number,
  publicExponent = 65_537,
): { privateKey: KeyObject; publicKey: KeyObject } {
  const namedCurve = curves[alg];
  if (namedCurve !== undefined) return generateKeyPairSync("ec", { namedCurve });
  if (alg === "EdDSA") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("rsa", { modulusLength, publicExponent });
}

/** A JWS in compact form. Objects become JSON; text and bytes go in as they are. */
export function toCompactForm(
  signer: Signer,
  header: object | string | Buffer,
  payload: object | string | Buffer,
  alg: string = signer.alg,
): string {
  return signParts(signer, `${encode(header)}.${encode(payload)}`, alg);
}

/** Signs the first two parts of a compact form, encoded in whatever way. */
export function signParts(signer: Signer, parts: string, alg: string = signer.alg): string {
  return `${parts}.${signBytes(signer.privateKey, Buffer.from(parts), alg).toString("base64url")}`;
}

/** A compact form with a MAC for a signature. */
export function toMac(secret: string | Buffer, header: { readonly alg: string }, payload: object): string {
  const parts = `${encode(header)}.${encode(payload)}`;
  const mac = createHmac(`sha${header.alg.slice(2)}`, secret).update(parts);
  return `${parts}.${mac.digest("base64url")}`;
}

export function encode(value: object | string | Buffer): string {
  const bytes = typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value);
  return Buffer.from(bytes).toString("base64url");
}

function signBytes(key: KeyObject, bytes: Buffer, alg: string): Buffer {
  if (alg === "EdDSA" || alg === "Ed25519") return sign(null, bytes, key);
  const hash = `sha${alg.slice(2, 5)}`;
  if (alg.startsWith("ES")) return sign(hash, bytes, { key, dsaEncoding: "ieee-p1363" });
  if (!alg.startsWith("PS")) return sign(hash, bytes, key);
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return sign(hash, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}
