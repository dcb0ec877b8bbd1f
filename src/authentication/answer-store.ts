/**
 * Where several processes share what a provider said of tokens. Keys are digests; values are sealed, so that whoever
 * can write there cannot make a token good. The request waits for it, so it has to bound its own time.
 */
export interface AnswerStore {
  /** What was added under the key, for as long as it was to be kept; undefined: nothing. Rejects when it cannot tell. */
  readonly get: (key: string) => Promise<string | undefined>;
  /** Keeps a value for so long, unless there is one (of Redis: `SET key value NX PX ttl`). Rejects when it cannot. */
  readonly add: (key: string, value: string, ttlMs: number) => Promise<unknown>;
}
