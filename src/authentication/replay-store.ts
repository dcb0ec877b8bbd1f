import type { Clock } from "./clock.ts";

/** What came of remembering a key: `seen` is a replay; `full` means that it cannot be told one from now on. */
export type ReplayOutcome = "new" | "seen" | "full";

/**
 * Remembers the proofs that were used. One for several processes can stand behind it (of Redis: `SET key 1 NX PX ttl`).
 * A rejection counts as `full`. The request waits for it, so it has to bound its own time.
 */
export interface ReplayStore {
  /** Of simultaneous calls with one key exactly one is `new`. Keys are digests and tell nothing of a proof. */
  readonly add: (key: string, ttlMs: number) => ReplayOutcome | Promise<ReplayOutcome>;
}

/**
 * Remembers keys in this process, each for its time and at most twice that; at most `2 * maxKeys` of them.
 *
 * Full, it takes no new ones: to drop the oldest would let whoever has a good token push out, and then replay, the
 * proofs of somebody else. There are two generations, so that forgetting costs nothing: a Map emptied from its front
 * would be searched from there past all that is gone.
 */
export function createReplayStore(maxKeys: number, clock: Clock): ReplayStore {
  let current = new Set<string>();
  let previous = new Set<string>();
  let endsAtMs = Number.NEGATIVE_INFINITY;
  let longestTtlMs = 0;

  function forget(ttlMs: number): void {
    longestTtlMs = Math.max(longestTtlMs, ttlMs);
    const nowMs = clock.monotonicMs();
    if (nowMs < endsAtMs) return;
    previous = nowMs < endsAtMs + longestTtlMs ? current : new Set();
    current = new Set();
    endsAtMs = nowMs + longestTtlMs;
  }

  return {
    add: (key, ttlMs) => {
      forget(ttlMs);
      if (current.has(key) || previous.has(key)) return "seen";
      if (current.size >= maxKeys) return "full";
      current.add(key);
      return "new";
    },
  };
}
