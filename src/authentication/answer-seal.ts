import { createHmac, hash, scryptSync, timingSafeEqual } from "node:crypto";
import type { Issuer } from "./issuer.ts";
import { isJsonObject, parseJsonObject } from "./json-object.ts";
import type { Claims } from "./principal.ts";

/** What is shared of an introspection answer. */
export interface SharedAnswer {
  readonly claims: Claims;
  /** When the provider was asked, on the wall clock of the process that asked it. */
  readonly askedAtMs: number;
}

/** Writes and reads answers that cross a store. */
export interface AnswerSeal {
  readonly close: (key: string, answer: SharedAnswer) => string;
  /** Undefined for whatever was not closed under this key, by somebody with this API's own credentials. */
  readonly open: (key: string, sealed: string) => SharedAnswer | undefined;
}

const macLength = 43;

/**
 * Makes a seal of this API's own credentials at the provider (HMAC-SHA-256), which its replicas have and the store has
 * not: who writes to the store can take answers away, and neither make one nor move one to another token.
 * It does not hide the claims from who reads there.
 */
export function createAnswerSeal(issuer: Issuer): AnswerSeal {
  const secret = issuer.clientKey?.key.export({ type: "pkcs8", format: "der" }) ?? issuer.clientSecret ?? "";
  // Slow on purpose: an entry that was read must be no quick way to try out secrets.
  const sealingKey = scryptSync(secret, `gatehouse answer ${issuer.issuer}`, 32);
  const toMac = (key: string, json: string): Buffer =>
    Buffer.from(createHmac("sha256", sealingKey).update(`${key}\n${json}`).digest("base64url"));

  return {
    close: (key, answer) => {
      const json = JSON.stringify(answer);
      return `${toMac(key, json)}.${json}`;
    },
    open: (key, sealed) => {
      const mac = Buffer.from(sealed.slice(0, macLength));
      const json = sealed.slice(macLength + 1);
      const expected = toMac(key, json);
      if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return undefined;
      return parseAnswer(json);
    },
  };
}

// It is ours, but perhaps of another version.
function parseAnswer(json: string): SharedAnswer | undefined {
  const { claims, askedAtMs } = parseJsonObject(Buffer.from(json)) ?? {};
  return isJsonObject(claims) && typeof askedAtMs === "number" ? { claims, askedAtMs } : undefined;
}

/**
 * The key of a token's answer: a digest of the token, whose it is and who asks, as providers may answer each API
 * differently (RFC 7662 section 2.2).
 */
export function toAnswerKey({ issuer, clientId, clientKey }: Issuer, token: string): string {
  return hash("sha256", JSON.stringify([issuer, clientId ?? clientKey?.clientId, token]), "base64url");
}
