import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { describeWithRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { callActive, countCalls, startReplicas, waitForLines } from "../support/replicas.ts";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.ts";
import { startServerForTest } from "../support/server.ts";
import { introspectionEnv } from "../support/stage.ts";

const token = "opaque-token-mark";
const second = 1000;
const again = "The shared cache can be asked again.";

describeWithRedis("replicas whose Redis", () => {
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

  test("goes down give right answers, say so once, and share again when it is back", async () => {
    const { ask, clock, servers } = await startReplicas(provider, redis);
    const [first] = servers;
    expect(await ask(0, token)).toBe("data");
    await redis.goDown();
    const [line] = await waitForLines(first, 1);
    expect(line).toMatch(/^The shared cache cannot be asked \(.*\): this replica works for itself\.$/);

    clock.advance(second);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    expect(countCalls(provider)).toBe(3);
    // Remembered meanwhile for as long as without a Redis, and no longer.
    clock.advance(20 * second);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    expect(countCalls(provider)).toBe(3);
    provider.answers.set("/introspect", { active: false });
    clock.advance(10 * second);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["token_inactive", "token_inactive"]);
    expect(await ask(0, "unknown-token")).toBe("token_inactive");

    await redis.comeBack();
    expect(await waitForLines(first, 2)).toEqual([line, again]);
    await waitForLines(servers[1], 2);
    callActive(provider);
    const calls = countCalls(provider);
    expect([await ask(0, "new-token"), await ask(1, "new-token")]).toEqual(["data", "data"]);
    expect(countCalls(provider)).toBe(calls + 1);
    expect(await waitForLines(first, 2)).toEqual([line, again]);
  });

  test("goes down do not believe what was deleted before, nor afterwards what they remembered meanwhile", async () => {
    const { ask, clock, servers } = await startReplicas(provider, redis);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    await redis.send("FLUSHALL");
    provider.answers.set("/introspect", { active: false });
    await redis.goDown();
    await Promise.all(servers.map((server) => waitForLines(server, 1)));
    clock.advance(999);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["token_inactive", "token_inactive"]);

    callActive(provider);
    expect(await ask(0, "meanwhile")).toBe("data");
    await redis.comeBack();
    await waitForLines(servers[0], 2);
    provider.answers.set("/introspect", { active: false });
    clock.advance(999);
    expect(await ask(0, "meanwhile")).toBe("token_inactive");
  });

  test("and whose provider are down refuse nobody as if the token were bad, and let nobody in", async () => {
    const { ask, clock, servers } = await startReplicas(provider, redis);
    expect(await ask(0, token)).toBe("data");
    await redis.goDown();
    await waitForLines(servers[0], 1);
    await provider.goDown();
    clock.advance(999);
    expect(await ask(0, token)).toBe("provider_unavailable");
    const open = await servers[0]?.query("{ publicMessage { message } }", { token });
    expect(open?.status).toBe(200);
    await provider.comeBack();
  });

  test("does not answer are kept waiting once and not by every request, and share again when it does", async () => {
    const { ask, clock, servers } = await startReplicas(provider, redis);
    expect(await ask(0, token)).toBe("data");
    redis.freeze();
    clock.advance(second);
    expect(await ask(0, token)).toBe("data");
    const [line] = await waitForLines(servers[0], 1);
    expect(line).toContain("it does not answer in time");
    // Nothing is sent to a Redis that has not proved to answer: these cost no time at all.
    for (const index of Array(20).keys()) expect(await ask(0, `token-${index}`)).toBe("data");
    expect(countCalls(provider)).toBe(22);
    redis.thaw();
    expect(await waitForLines(servers[0], 2)).toEqual([line, again]);
    expect(await ask(0, "new-token")).toBe("data");
    await vi.waitFor(async () => expect((await redis.list()).length).toBeGreaterThan(1));
  });

  test("is not there start all the same, find it later, and never log its password", async () => {
    await redis.goDown();
    const url = redis.url.replace("//", "//:cache-password@");
    const env = { ...introspectionEnv, CACHE_URL: url, LOG_LEVEL: "trace" };
    const server = await startServerForTest({ issuer: provider.issuer, env });
    const ask = async (): Promise<number> => (await server.query("{ privateMessage { message } }", { token })).status;
    expect(await ask()).toBe(200);
    expect(await waitForLines(server, 1)).toEqual([expect.stringContaining("(ECONNREFUSED)")]);
    await redis.comeBack();
    // This Redis has no password, and refuses the one that it is given.
    expect(await ask()).toBe(200);
    expect(server.logs.join()).not.toContain("cache-password");
  });

  test("has a password that they do not know say which refusal it is, and work for themselves", async () => {
    await redis.send("CONFIG", "SET", "requirepass", "cache-password");
    const env = { ...introspectionEnv, CACHE_URL: redis.url.replace("//", "//:wrong-password@") };
    const server = await startServerForTest({ issuer: provider.issuer, env });
    expect((await server.query("{ privateMessage { message } }", { token })).status).toBe(200);
    expect(await waitForLines(server, 1)).toEqual([expect.stringContaining("(WRONGPASS)")]);
    expect(server.logs.join()).not.toContain("wrong-password");
  });

  test("is full work for themselves, remember what they are told, and say so", async () => {
    await redis.send("CONFIG", "SET", "maxmemory", "1");
    const { ask, clock, servers } = await startReplicas(provider, redis);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    clock.advance(20 * second);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    expect(countCalls(provider)).toBe(2);
    expect(await waitForLines(servers[0], 1)).toEqual(["The shared cache refuses a command (OOM)."]);
  });

  test("hangs while they stop do stop", async () => {
    const { servers } = await startReplicas(provider, redis);
    redis.freeze();
    onTestFinished(redis.thaw);
    for (const server of servers) await server.stop();
    await redis.goDown();
  });
});
