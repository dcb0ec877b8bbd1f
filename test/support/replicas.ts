import { expect, onTestFinished, vi } from "vitest";
import { createTestClock, type TestClock } from "./clock.ts";
import { audience } from "./provider.ts";
import type { TestRedis } from "./redis.ts";
import type { ScriptedProvider } from "./scripted-provider.ts";
import { startServer, type TestServer } from "./server.ts";
import { introspectionEnv } from "./stage.ts";

/** Several servers with one provider, one Redis and one clock. */
export interface Replicas {
  readonly servers: readonly TestServer[];
  readonly clock: TestClock;
  /** What the private field came to, asked of one replica: `data`, or the reason against. */
  readonly ask: (index: number, token: string) => Promise<string>;
}

/** Starts two replicas for one test, by default with introspection. */
export async function startReplicas(
  provider: ScriptedProvider,
  redis: TestRedis,
  env: Readonly<Record<string, string>> = introspectionEnv,
): Promise<Replicas> {
  const clock = createTestClock();
  const options = {
    issuer: provider.issuer,
    clock,
    env: { LIMIT_REQUESTS_PER_MINUTE: "0", ...env, CACHE_URL: redis.url },
  };
  const servers = await Promise.all([startServer(options), startServer(options)]);
  onTestFinished(async () => void (await Promise.all(servers.map(({ stop }) => stop()))));
  return {
    servers,
    clock,
    ask: async (index, token) => {
      const answer = await servers[index]?.query("{ privateMessage { message } }", { token });
      return answer?.body.data ? "data" : answer?.body.errors[0].extensions.reason;
    },
  };
}

/** Has the provider call every token good, with these claims over the usual ones. */
export function callActive(provider: ScriptedProvider, claims: Readonly<Record<string, unknown>> = {}): void {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  provider.answers.set("/introspect", { active: true, sub: "somebody", aud: audience, exp, ...claims });
}

export function countCalls(provider: ScriptedProvider): number {
  return provider.calls.get("/introspect") ?? 0;
}

/** Waits until the log of a server has so many lines of the shared cache. */
export async function waitForLines(server: TestServer | undefined, count: number): Promise<readonly string[]> {
  return vi.waitFor(
    () => {
      const lines = (server?.logs ?? []).map((line) => JSON.parse(line).msg).filter((msg) => /shared cache/.test(msg));
      expect(lines).toHaveLength(count);
      return lines;
    },
    { timeout: 30_000 },
  );
}
