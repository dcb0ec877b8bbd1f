import { hash } from "node:crypto";
import KeyvRedis from "@keyv/redis";
import { Keyv } from "keyv";
import type { Connection } from "./connection.ts";
import { countInWindow } from "./count-in-window.ts";

/** What Apollo Server keeps persisted queries in. */
export interface PersistedQueries {
  readonly get: (key: string) => Promise<string | undefined>;
  readonly set: (key: string, query: string) => Promise<void>;
  readonly delete: (key: string) => Promise<boolean>;
}

const keptForMs = 60 * 60 * 1000;

/** The longest that is kept, in bytes of its JSON: with its key and what Redis adds it takes less than 4 kB there. */
const maxBytes = 3500;

/**
 * How many are stored in an hour, by all replicas. Anybody may send queries, and a Redis that is full can neither
 * remember DPoP proofs nor count: at most two hours' worth are there at a time, 10,000 of 4 kB, which is 40 MB.
 */
const maxStoredAnHour = 5000;

/** What is stored is counted here: no query's key, which have a digest. */
const countKey = "apq:stored";

/** Apollo's prefix, and the digest that the client names: whatever else it sends is no key. */
const keyForm = /^apq:([0-9a-f]{64})$/;

/**
 * Keeps queries in Redis, by Keyv, for an hour, when they are small, and not too many: clients are told to send others
 * whole each time. Never rejects: so they are when Redis cannot be asked.
 */
export function createPersistedQueries({ client, ask }: Connection, prefix: string): PersistedQueries {
  const keyv = new Keyv<string>(new KeyvRedis(client, { throwOnErrors: true }), {
    useKeyPrefix: false,
    throwOnErrors: true,
    serialize: JSON.stringify,
    deserialize: parse,
  });
  keyv.namespace = undefined;

  /** Counts first: whoever cannot be counted stores nothing. */
  async function store(key: string, query: string): Promise<void> {
    const { current } = await ask((redis) => countInWindow(redis, prefix + countKey, keptForMs));
    if (current <= maxStoredAnHour) await ask(() => keyv.set(key, query, keptForMs));
  }

  return {
    get: async (key) => {
      const [, digest] = keyForm.exec(key) ?? [];
      if (digest === undefined) return undefined;
      const query: unknown = await ask(() => keyv.get(prefix + key)).catch(() => undefined);
      // Who can write to Redis must not have a client send one operation for another; Apollo does not look again.
      return typeof query === "string" && hash("sha256", query, "hex") === digest ? query : undefined;
    },
    set: async (key, query) => {
      if (Buffer.byteLength(JSON.stringify(query)) > maxBytes) return;
      await store(prefix + key, query).catch(() => {});
    },
    delete: (key) => ask(() => keyv.delete(prefix + key)).catch(() => false),
  };
}

/** What is none of ours is nothing. */
function parse(text: string): { value: never } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
