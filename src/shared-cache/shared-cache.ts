import type { AnswerStore } from "../authentication/answer-store.ts";
import type { ReplayStore } from "../authentication/replay-store.ts";
import { type ConnectionOptions, createConnection } from "./connection.ts";
import { type Count, countInWindow } from "./count-in-window.ts";
import { createPersistedQueries, type PersistedQueries } from "./persisted-queries.ts";

/** How the shared cache is doing, as plain values. */
export interface SharedCacheState {
  /** Whether it can be asked. */
  readonly isUp: boolean;
  /** What it had of tokens, since the start: an answer, none, or nothing to say. */
  readonly lookUps: { readonly found: number; readonly absent: number; readonly unavailable: number };
}

/** What replicas share, in one Redis. Whatever it is asked rejects within half a second when Redis cannot do it. */
export interface SharedCache {
  readonly answers: AnswerStore & {
    /**
     * Takes an answer away, and for so long lets nobody add one: a provider may have been asked before. Resolves to
     * whether there was one.
     */
    readonly remove: (key: string, barredForMs: number) => Promise<boolean>;
  };
  readonly replays: ReplayStore;
  readonly queries: PersistedQueries;
  /** Counts one more. The key is a digest. */
  readonly count: (key: string, windowMs: number) => Promise<Count>;
  /** For metrics: costs nothing but to read. */
  readonly readState: () => SharedCacheState;
  readonly stop: () => Promise<void>;
}

const prefix = "gatehouse:";

/** Stands in an answer's place and is none. */
const removed = "removed";

/**
 * Makes what replicas share. Resolves when the first attempt to connect has worked or failed, after a second at the
 * latest; never rejects.
 */
export async function createSharedCache(options: ConnectionOptions): Promise<SharedCache> {
  const connection = await createConnection(options);
  const { ask } = connection;
  const toKey = (what: "introspection" | "dpop" | "rate", key: string): string => `${prefix}${what}:${key}`;

  const lookUps = { found: 0, absent: 0, unavailable: 0 };

  return {
    answers: {
      get: async (key) => {
        try {
          const answer = await ask((client) => client.get(toKey("introspection", key)));
          lookUps[answer === null || answer === removed ? "absent" : "found"] += 1;
          return answer ?? undefined;
        } catch (error) {
          lookUps.unavailable += 1;
          throw error;
        }
      },
      add: (key, value, ttlMs) =>
        ask((client) => client.set(toKey("introspection", key), value, { condition: "NX", ...expiresIn(ttlMs) })),
      remove: async (key, barredForMs) => {
        const there = await ask((client) =>
          client.set(toKey("introspection", key), removed, { GET: true, ...expiresIn(barredForMs) }),
        );
        return there !== null && there !== removed;
      },
    },
    replays: {
      add: async (key, ttlMs) => {
        const set = await ask((client) => client.set(toKey("dpop", key), "", { condition: "NX", ...expiresIn(ttlMs) }));
        return set === null ? "seen" : "new";
      },
    },
    queries: createPersistedQueries(connection, prefix),
    count: (key, windowMs) => ask((client) => countInWindow(client, toKey("rate", key), windowMs)),
    readState: () => ({ isUp: connection.isUp(), lookUps: { ...lookUps } }),
    stop: connection.stop,
  };
}

function expiresIn(ms: number): { readonly expiration: { readonly type: "PX"; readonly value: number } } {
  return { expiration: { type: "PX", value: Math.ceil(ms) } };
}
