import type { Clock } from "./clock.ts";
import type { Discovery } from "./discovery.ts";
import type { Logger } from "./logger.ts";
import type { ProviderAnswer, ProviderClient } from "./provider-client.ts";
import { parseUsableKeys, type UsableKey } from "./usable-keys.ts";

/** Age from which keys are refreshed while they still serve. */
const refreshAfterMs = 5 * 60_000;
/** Age until which keys serve unasked: how long a removed key may still verify. */
export const softLimitMs: number = 10 * 60_000;
/** Age until which keys serve while the provider cannot be asked. */
const hardLimitMs = 6 * 60 * 60_000;
/** Age until which keys are believed to be all there are: unknown key ids cause at most one fetch in this time. */
const unknownKeyPauseMs = 30_000;
/** The pause after a failed fetch: doubled from the first, up to the longest. */
const firstPauseMs = 500;
const longestPauseMs = 8000;

/** The keys of one fetch. */
export interface Keys {
  readonly keys: readonly UsableKey[];
  /** When they were asked for, on the monotonic clock. */
  readonly fetchedAtMs: number;
}

/** An issuer's keys, fetched when needed and kept. */
export interface KeySet {
  /** The keys to verify with now; undefined when there are none and the provider cannot be asked. */
  readonly current: () => Promise<Keys | undefined>;
  /**
   * For a token whose key is not among `keys`: newer ones; the same when they are recent enough to be believed;
   * undefined when the provider cannot be asked.
   */
  readonly newerThan: (keys: Keys) => Promise<Keys | undefined>;
  /** How old the keys are, in milliseconds; undefined before there are any. */
  readonly readAgeMs: () => number | undefined;
}

/** What a key set works with. */
export interface KeySetOptions {
  readonly discovery: Discovery;
  readonly ask: ProviderClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Deadline of one look-up, discovery included. */
  readonly timeoutMs: number;
}

/** Keeps an issuer's key set (RFC 7517). A failed fetch never takes away keys that serve. */
export function createKeySet({ discovery, ask, clock, logger, timeoutMs }: KeySetOptions): KeySet {
  let keys: Keys | undefined;
  let fetching: Promise<void> | undefined;
  let failures = 0;
  let retryAtMs = Number.NEGATIVE_INFINITY;

  async function fetchKeys(): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    const url = await discovery.find(signal);
    const askedAtMs = clock.monotonicMs();
    const answer = url === undefined ? undefined : await ask({ url, signal });
    const usable = answer?.kind === "answered" && answer.status === 200 ? parseUsableKeys(answer.json) : undefined;
    if (usable === undefined) {
      retryAtMs = clock.monotonicMs() + Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
      failures += 1;
      discovery.forget();
      const why = describeFailure(answer);
      logger.warn({ failures }, `The provider's keys cannot be fetched: ${why}. It will be asked again.`);
      return;
    }
    if (usable.dropped > 0) {
      logger.warn({ dropped: usable.dropped }, "Members of the provider's key set are unusable and were left out.");
    }
    if (failures > 0) logger.info({ failures }, "The provider's keys can be fetched again.");
    failures = 0;
    retryAtMs = Number.NEGATIVE_INFINITY;
    keys = { keys: usable.keys, fetchedAtMs: askedAtMs };
  }

  /** Everybody who needs a fetch while one is under way shares it. */
  function refresh(): Promise<void> {
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  const age = (): number => (keys === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - keys.fetchedAtMs);

  const mayAsk = (): boolean => clock.monotonicMs() >= retryAtMs;

  async function current(): Promise<Keys | undefined> {
    const isDue = age() >= refreshAfterMs || failures > 0;
    if (isDue && (fetching || mayAsk())) {
      const refreshed = refresh();
      // Nobody waits while keys serve that are not too old, or that the provider has just failed to replace.
      const justFailed = failures > 0 && clock.monotonicMs() < retryAtMs + longestPauseMs;
      if (age() >= (justFailed ? hardLimitMs : softLimitMs)) await refreshed;
    }
    return age() < hardLimitMs ? keys : undefined;
  }

  async function newerThan(known: Keys): Promise<Keys | undefined> {
    if (keys !== known) return keys;
    if (age() < unknownKeyPauseMs) return known;
    // Asked in vain a moment ago: whether the key exists is not known.
    if (!fetching && !mayAsk()) return undefined;
    await refresh();
    return keys === known ? undefined : keys;
  }

  return { current, newerThan, readAgeMs: () => (keys === undefined ? undefined : age()) };
}

function describeFailure(answer: ProviderAnswer | undefined): string {
  if (answer === undefined) return "their address is not known";
  if (answer.kind === "failed") return answer.why;
  return answer.status === 200 ? "the answer is no key set with a usable key" : `status ${answer.status}`;
}
