import { hash } from "node:crypto";
import KeyvRedis from "@keyv/redis";
import { Keyv } from "keyv";
import type { Connection } from "./connection.ts";

/** What Apollo Server keeps persisted queries in. */
export interface PersistedQueries {
  readonly get: (key: string) => Promise<string | undefined>;
  readonly set: (key: string, query: string) => Promise<void>;
  readonly delete: (key: string) => Promise<boolean>;
}

const keptForMs = 24 * 60 * 60 * 1000;

/** The longest that is kept, in characters. */
const maxLength = 64 * 1024;

/** Apollo's prefix, and the digest that the client names: whatever else it sends is no key. */
const keyForm = /^apq:([0-9a-f]{64})$/;

/**
 * Keeps queries in Redis, by Keyv, for a day. Never rejects: when it cannot be asked, clients are told to send the
 * whole query again.
 */
export function createPersistedQueries({ client, ask }: Connection, prefix: string): PersistedQueries {
  const keyv = new Keyv<string>(new KeyvRedis(client, { throwOnErrors: true }), {
    useKeyPrefix: false,
    throwOnErrors: true,
    serialize: JSON.stringify,
    deserialize: parse,
  });
  keyv.namespace = undefined;

  return {
    get: async (key) => {
      const [, digest] = keyForm.exec(key) ?? [];
      if (digest === undefined) return undefined;
      const query: unknown = await ask(() => keyv.get(prefix + key)).catch(() => undefined);
      // Who can write to Redis must not have a client send one operation for another; Apollo does not look again.
      return typeof query === "string" && hash("sha256", query, "hex") === digest ? query : undefined;
    },
    set: async (key, query) => {
      if (query.length > maxLength) return;
      await ask(() => keyv.set(prefix + key, query, keptForMs)).catch(() => {});
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
