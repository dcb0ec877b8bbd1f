import { LRUCache } from "lru-cache";
import type { Clock } from "../authentication/clock.ts";
import type { Count } from "../shared-cache/count-in-window.ts";
import type { SharedCache } from "../shared-cache/shared-cache.ts";

/**
 * Counts one more under a key, in fixed windows of so many milliseconds; the first one begins the window. Does not fail:
 * whoever cannot be counted would be refused.
 */
export type CountInWindow = (key: string, windowMs: number) => Count | Promise<Count>;

/** How many callers are remembered, those that came last: some 2 MB. */
const maxCallers = 10_000;

/** Counts in this process. */
export function createLocalCounts(clock: Clock): (key: string, windowMs: number) => Count {
  const windows = new LRUCache<string, { current: number; readonly endsAtMs: number }>({ max: maxCallers });
  return (key, windowMs) => {
    const nowMs = clock.monotonicMs();
    let window = windows.get(key);
    if (window === undefined || nowMs >= window.endsAtMs) {
      window = { current: 0, endsAtMs: nowMs + windowMs };
      windows.set(key, window);
    }
    window.current += 1;
    return { current: window.current, ttl: window.endsAtMs - nowMs };
  };
}

/**
 * Counts for all replicas together. While they cannot ask their cache each counts for itself, from nothing: neither is
 * everybody let in, nor nobody.
 */
export function createSharedCounts(count: SharedCache["count"], clock: Clock): CountInWindow {
  const countHere = createLocalCounts(clock);
  return async (key, windowMs) => {
    try {
      return await count(key, windowMs);
    } catch {
      return countHere(key, windowMs);
    }
  };
}
