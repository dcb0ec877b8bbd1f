import { createPrivateKey, type KeyObject } from "node:crypto";
import { isJsonObject } from "./json-object.ts";

/** A private key that proves who we are at the provider. */
export interface ClientKey {
  readonly key: KeyObject;
  /** The JWS algorithm that its type asks for. */
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /** Whose key it is, where it says so. */
  readonly clientId: string | undefined;
}

/**
 * Reads a private key in PEM form, or the JSON that ZITADEL downloads (`keyId`, `key`, and `clientId` or `userId`).
 * Undefined for anything else, also for an encrypted key and one too weak or of a type that has no algorithm here.
 */
export function parseClientKey(text: string): ClientKey | undefined {
  const json = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  const { key: pem, keyId, clientId, userId } = json ?? { key: text };
  const key = typeof pem === "string" ? parsePem(pem) : undefined;
  const algorithm = key && toAlgorithm(key);
  if (key === undefined || algorithm === undefined) return undefined;
  return { key, algorithm, keyId: toText(keyId), clientId: toText(clientId) ?? toText(userId) };
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function parsePem(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const curves: Readonly<Record<string, string>> = { prime256v1: "ES256", secp384r1: "ES384", secp521r1: "ES512" };

function toAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  switch (asymmetricKeyType) {
    case "rsa":
      return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? "RS256" : undefined;
    case "ec":
      return curves[asymmetricKeyDetails?.namedCurve ?? ""];
    case "ed25519":
      return "EdDSA";
    default:
      return undefined;
  }
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
