import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from "@fastify/rate-limit";
import { LRUCache } from "lru-cache";
import type { Clock } from "../authentication/clock.ts";
import type { Count } from "../shared-cache/count-in-window.ts";
import type { SharedCache } from "../shared-cache/shared-cache.ts";

/** How many callers are counted here while the shared cache is down. */
const maxCallers = 10_000;

/**
 * Makes the store that `@fastify/rate-limit` counts in, in fixed windows: all replicas together. While they cannot ask
 * their cache each counts for itself, from nothing: neither is everybody let in, nor nobody. Knows nothing of that
 * library's `continueExceeding` and `exponentialBackoff`.
 */
export function createRateLimitStore(count: SharedCache["count"], clock: Clock): FastifyRateLimitStoreCtor {
  const countHere = createCount(clock);

  return class SharedStore implements FastifyRateLimitStore {
    incr(key: string, callback: Parameters<FastifyRateLimitStore["incr"]>[1], windowMs: number): void {
      count(key, windowMs)
        .catch(() => countHere(key, windowMs))
        .then((counted) => callback(null, counted), callback);
    }

    /** Routes are counted together. */
    child(): FastifyRateLimitStore {
      return this;
    }
  };
}

function createCount(clock: Clock): (key: string, windowMs: number) => Count {
  const windows = new LRUCache<string, { current: number; readonly endsAtMs: number }>({ max: maxCallers });
  return (key, windowMs) => {
    const nowMs = clock.monotonicMs();
    const known = windows.get(key);
    const window = known !== undefined && nowMs < known.endsAtMs ? known : { current: 0, endsAtMs: nowMs + windowMs };
    window.current += 1;
    windows.set(key, window);
    return { current: window.current, ttl: window.endsAtMs - nowMs };
  };
}
