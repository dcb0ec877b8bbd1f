import type { Adapter, AdapterPayload } from "oidc-provider";

/** Keeps what the local provider must remember, in memory: all is gone when the process ends. */
export function createStorage(): (model: string) => Adapter {
  const stored = new Map<string, { readonly payload: AdapterPayload; readonly expiresAtMs: number }>();

  const read = (key: string): AdapterPayload | undefined => {
    const entry = stored.get(key);
    if (entry !== undefined && entry.expiresAtMs > Date.now()) return entry.payload;
    stored.delete(key);
    return undefined;
  };
  const findBy = (model: string, name: "uid" | "userCode", value: string): AdapterPayload | undefined =>
    [...stored.keys()]
      .filter((key) => key.startsWith(`${model}:`))
      .map(read)
      .find((payload) => payload?.[name] === value);

  return (model) => ({
    upsert: async (id, payload, expiresIn) => {
      const expiresAtMs = expiresIn ? Date.now() + expiresIn * 1000 : Number.POSITIVE_INFINITY;
      stored.set(`${model}:${id}`, { payload, expiresAtMs });
    },
    find: async (id) => read(`${model}:${id}`),
    findByUid: async (uid) => findBy(model, "uid", uid),
    findByUserCode: async (userCode) => findBy(model, "userCode", userCode),
    destroy: async (id) => {
      stored.delete(`${model}:${id}`);
    },
    consume: async (id) => {
      const payload = read(`${model}:${id}`);
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
    },
    revokeByGrantId: async (grantId) => {
      for (const [key, { payload }] of stored) {
        if (payload.grantId === grantId) stored.delete(key);
      }
    },
  });
}
