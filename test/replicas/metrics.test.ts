import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findMetricsUrl } from "../support/metrics-url.ts";
import { describeWithRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { callActive, startReplicas, waitForLines } from "../support/replicas.ts";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.ts";
import type { TestServer } from "../support/server.ts";
import { introspectionEnv, startStage } from "../support/stage.ts";

const env = { ...introspectionEnv, METRICS_PORT: "0" };

/** What a server's metrics say of the shared cache, by series. */
async function read(server: TestServer | undefined): Promise<Readonly<Record<string, number>>> {
  if (server === undefined) throw new Error("There is no such replica.");
  const lines = (await (await fetch(findMetricsUrl(server))).text())
    .split("\n")
    .filter((line) => line.startsWith("gatehouse_shared_"));
  return Object.fromEntries(lines.map((line) => [line.split(" ")[0], Number(line.split(" ")[1])]));
}

const toSeries = (up: number, found: number, absent: number, unavailable: number): Record<string, number> => ({
  gatehouse_shared_cache_up: up,
  'gatehouse_shared_answers_total{result="found"}': found,
  'gatehouse_shared_answers_total{result="absent"}': absent,
  'gatehouse_shared_answers_total{result="unavailable"}': unavailable,
});

describeWithRedis("the metrics of a replica", () => {
  let redis: TestRedis;
  let provider: ScriptedProvider;
  beforeEach(async () => {
    redis = await startRedis();
    provider = await startScriptedProvider();
    callActive(provider);
  });
  afterEach(async () => {
    await provider.stop();
    await redis.stop();
  });

  test("say what Redis had of tokens, and whether it can be asked", async () => {
    const { servers, ask, clock } = await startReplicas(provider, redis, env);
    expect(await read(servers[0])).toEqual(toSeries(1, 0, 0, 0));
    await ask(0, "token");
    await ask(1, "token");
    clock.advance(800);
    await ask(1, "token");
    expect(await read(servers[0])).toEqual(toSeries(1, 0, 1, 0));
    expect(await read(servers[1])).toEqual(toSeries(1, 2, 0, 0));

    await redis.goDown();
    await waitForLines(servers[1], 1);
    clock.advance(800);
    await ask(1, "token");
    expect(await read(servers[1])).toEqual(toSeries(0, 2, 0, 1));
    await redis.comeBack();
    await vi.waitFor(async () => expect(await read(servers[1])).toEqual(toSeries(1, 2, 0, 1)), { timeout: 30_000 });
  });

  test("count an answer that was revoked as absent", async () => {
    const { servers, ask, clock } = await startReplicas(provider, redis, env);
    await ask(0, "token");
    const [entry] = await redis.list();
    await redis.put(entry?.key ?? "", "removed");
    clock.advance(800);
    await ask(0, "token");
    expect(await read(servers[0])).toEqual(toSeries(1, 0, 2, 0));
  });
});

test("the metrics of a process that shares nothing say nothing of a shared cache", async () => {
  const stage = await startStage({ env });
  expect(await read(stage.server)).toEqual({});
  await stage.stop();
});
