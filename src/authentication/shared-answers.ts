import { LRUCache } from "lru-cache";
import { createAnswerSeal, toAnswerKey } from "./answer-seal.ts";
import type { AnswerStore } from "./answer-store.ts";
import type { Clock } from "./clock.ts";
import type { Issuer } from "./issuer.ts";
import type { Claims } from "./principal.ts";

/** An active answer that need not be asked for; its claims are still to be checked. */
export interface KnownAnswer {
  readonly claims: Claims;
  /** When the provider was asked, on the monotonic clock. */
  readonly askedAtMs: number;
}

/** What the store came to, for one token. */
interface AnswerLookUp {
  readonly known: KnownAnswer | undefined;
  /** Keeps the provider's answer for the next look-up. Never rejects. */
  readonly keep: (answer: KnownAnswer) => Promise<void>;
}

/** Looks a token's answer up. Never rejects: a store that is down is one that knows nothing. */
export type SharedAnswers = (token: string) => Promise<AnswerLookUp>;

/** What shared answers are made of. */
export interface SharedAnswersOptions {
  readonly issuer: Issuer;
  readonly store: AnswerStore;
  /** How many answers are remembered here while the store is down, or takes none. */
  readonly maxTokens: number;
  readonly clock: Clock;
}

/** Where the store is asked whether it takes anything again: no answer's key, which are digests. */
const probeKey = "probe";

/**
 * Shares active answers through a store, for the issuer's `introspectionTtlS` from when they were asked for and never
 * past `exp`.
 *
 * While the store is down or takes nothing, answers are remembered in this process for the same time, so that the
 * provider is not asked once a request; only those that were asked for since: one from before may have been deleted from
 * the store. All of them are forgotten once the store takes something, for now it may be deleted from again. What it
 * has of a token comes before what is remembered here.
 */
export function createSharedAnswers({ issuer, store, maxTokens, clock }: SharedAnswersOptions): SharedAnswers {
  const ttlMs = issuer.introspectionTtlS * 1000;
  const seal = createAnswerSeal(issuer);
  const own = new LRUCache<string, KnownAnswer>({ max: maxTokens });

  function isFresh({ askedAtMs }: KnownAnswer): boolean {
    return clock.monotonicMs() < askedAtMs + ttlMs;
  }

  function read(key: string, sealed: string | undefined): KnownAnswer | undefined {
    const answer = sealed === undefined ? undefined : seal.open(key, sealed);
    if (answer === undefined) return undefined;
    // The store forgets in time by itself; where the other process's clock is ahead, only that is the bound.
    const ageMs = clock.wallMs() - answer.askedAtMs;
    const known = { claims: answer.claims, askedAtMs: clock.monotonicMs() - ageMs };
    return isFresh(known) ? known : undefined;
  }

  async function share(key: string, { claims, askedAtMs }: KnownAnswer): Promise<void> {
    const ageMs = clock.monotonicMs() - askedAtMs;
    const { exp } = claims;
    const untilExpiryMs = typeof exp === "number" ? exp * 1000 - clock.wallMs() : Number.POSITIVE_INFINITY;
    const keptForMs = Math.floor(Math.min(ttlMs - ageMs, untilExpiryMs));
    if (keptForMs < 1) return;
    try {
      await store.add(key, seal.close(key, { claims, askedAtMs: clock.wallMs() - ageMs }), keptForMs);
    } catch {
      own.set(key, { claims, askedAtMs });
    }
  }

  function recall(key: string): KnownAnswer | undefined {
    const known = own.get(key);
    return known !== undefined && isFresh(known) ? known : undefined;
  }

  /** A store that is full, or forbids it, still answers what it is asked: that it takes something has to be tried. */
  async function forgetIfWritable(): Promise<void> {
    if (own.size === 0) return;
    await store.add(probeKey, "", 1).then(
      () => own.clear(),
      () => {},
    );
  }

  return async (token) => {
    const key = toAnswerKey(issuer, token);
    try {
      const sealed = await store.get(key);
      await forgetIfWritable();
      return {
        known: sealed === undefined ? recall(key) : read(key, sealed),
        keep: (answer) => share(key, answer),
      };
    } catch {
      return { known: recall(key), keep: async (answer) => void own.set(key, answer) };
    }
  };
}
