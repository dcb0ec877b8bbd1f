import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Clock } from "./clock.ts";
import type { Authentication } from "./principal.ts";
import type { TokenVerifier } from "./verification.ts";

interface Entry {
  readonly authentication: Authentication;
  /** On the monotonic clock. */
  readonly reusableUntilMs: number;
  /** On the wall clock. */
  readonly expiresAtMs: number;
}

/** Tells who presents a token; at once when that is known. */
export type TokenAuthenticator = (token: string) => Authentication | Promise<Authentication>;

/**
 * Remembers verified tokens by their SHA-256 digest, never the token and never past its `exp`.
 * Simultaneous look-ups of one token share one verification. Refusals and outages are not remembered.
 *
 * Look-ups under way wait outside the cache (not in lru-cache's `fetch`, where they take up places and are
 * aborted when pushed out): a flood of unknown tokens can then neither evict a good one nor break off its look-up.
 */
export function createTokenCache(verify: TokenVerifier, maxTokens: number, clock: Clock): TokenAuthenticator {
  const known = new LRUCache<string, Entry>({ max: maxTokens });
  const pending = new Map<string, Promise<Authentication>>();

  async function lookUp(token: string, digest: string): Promise<Authentication> {
    const verification = await verify(token);
    if (verification.kind !== "verified") return Object.freeze(verification);
    const { principal, reusableUntilMs } = verification;
    const authentication: Authentication = Object.freeze({ kind: "authenticated", principal });
    const expiresAtMs = (principal.expiresAtSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    const entry = { authentication, reusableUntilMs, expiresAtMs };
    if (isReusable(entry)) known.set(digest, entry);
    return authentication;
  }

  function isReusable({ reusableUntilMs, expiresAtMs }: Entry): boolean {
    return clock.monotonicMs() < reusableUntilMs && clock.wallMs() < expiresAtMs;
  }

  return (token) => {
    const digest = hash("sha256", token, "base64");
    const entry = known.get(digest);
    if (entry !== undefined) {
      if (isReusable(entry)) return entry.authentication;
      known.delete(digest);
    }
    const started = pending.get(digest);
    if (started !== undefined) return started;
    const promise = lookUp(token, digest).finally(() => pending.delete(digest));
    pending.set(digest, promise);
    return promise;
  };
}
