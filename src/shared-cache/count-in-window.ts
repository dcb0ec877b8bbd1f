import type { Connection } from "./connection.ts";

/** How often something happened in a window of time, and how long that still lasts, in milliseconds. */
export interface Count {
  readonly current: number;
  readonly ttl: number;
}

/** Counts one more under a key, in one step for all who count there; the first one begins the window. */
export async function countInWindow(client: Connection["client"], key: string, windowMs: number): Promise<Count> {
  const expiration = { type: "PX", value: Math.ceil(windowMs) } as const;
  const counting = client.multi().set(key, "0", { condition: "NX", expiration });
  const [, current, ttl] = await counting.incr(key).pTTL(key).execTyped();
  return { current: Number(current), ttl: Math.max(0, Number(ttl)) };
}
