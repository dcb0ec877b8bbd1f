import { LRUCache } from "lru-cache";
import type { PresentedToken } from "./bearer.ts";
import type { Clock } from "./clock.ts";
import type { Authentication } from "./principal.ts";
import type { TokenVerifier, Verification } from "./verification.ts";

interface Entry {
  readonly authentication: Authentication;
  /** On the monotonic clock. */
  readonly reusableUntilMs: number;
  /** On the wall clock. */
  readonly expiresAtMs: number;
}

/** Tells who presents a token; at once when that is known. */
export type TokenAuthenticator = (
  presented: Pick<PresentedToken, "token" | "digest">,
) => Authentication | Promise<Authentication>;

/**
 * Remembers verified tokens by their SHA-256 digest, never the token and never past its `exp`, and for as long as the
 * verifier says also refused ones. Simultaneous look-ups of one token share one verification, which goes on when the
 * request that began it ends. Outages are not remembered.
 *
 * Refused tokens have a store of their own, and look-ups under way wait outside both (not in lru-cache's `fetch`,
 * where they take up places and are aborted when pushed out): a flood of unknown tokens can then neither evict a good
 * one nor break off its look-up.
 */
export function createTokenCache(verify: TokenVerifier, maxTokens: number, clock: Clock): TokenAuthenticator {
  const good = new LRUCache<string, Entry>({ max: maxTokens });
  const refused = new LRUCache<string, Entry>({ max: maxTokens });
  const pending = new Map<string, Promise<Authentication>>();

  async function lookUp(token: string, digest: string): Promise<Authentication> {
    const entry = toEntry(await verify(token));
    const store = entry.authentication.kind === "authenticated" ? good : refused;
    if (isReusable(entry)) store.set(digest, entry);
    return entry.authentication;
  }

  function isReusable({ reusableUntilMs, expiresAtMs }: Entry): boolean {
    return clock.monotonicMs() < reusableUntilMs && clock.wallMs() < expiresAtMs;
  }

  function recall(store: LRUCache<string, Entry>, digest: string): Authentication | undefined {
    const entry = store.get(digest);
    if (entry === undefined || isReusable(entry)) return entry?.authentication;
    store.delete(digest);
    return undefined;
  }

  return ({ token, digest }) => {
    const known = recall(good, digest) ?? recall(refused, digest) ?? pending.get(digest);
    if (known !== undefined) return known;
    const promise = lookUp(token, digest).finally(() => pending.delete(digest));
    pending.set(digest, promise);
    return promise;
  };
}

function toEntry(verification: Verification): Entry {
  const never = Number.NEGATIVE_INFINITY;
  switch (verification.kind) {
    case "verified": {
      const { principal, reusableUntilMs } = verification;
      const expiresAtMs = (principal.expiresAtSeconds ?? Number.POSITIVE_INFINITY) * 1000;
      return { authentication: Object.freeze({ kind: "authenticated", principal }), reusableUntilMs, expiresAtMs };
    }
    case "rejected": {
      const { kind, error, reusableUntilMs = never } = verification;
      return { authentication: Object.freeze({ kind, error }), reusableUntilMs, expiresAtMs: Number.POSITIVE_INFINITY };
    }
    case "unavailable":
      return { authentication: Object.freeze(verification), reusableUntilMs: never, expiresAtMs: never };
  }
}
