import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { audience } from "../support/provider.ts";
import { describeWithRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { callActive, countCalls, startReplicas } from "../support/replicas.ts";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.ts";
import { clientSecret, introspectionEnv } from "../support/stage.ts";

const token = "opaque-token-mark";
const second = 1000;

describeWithRedis("replicas with introspection", () => {
  let redis: TestRedis;
  let provider: ScriptedProvider;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    await redis.send("FLUSHALL");
    provider = await startScriptedProvider();
    callActive(provider);
  });
  afterEach(() => provider.stop());

  test("share an answer: the provider is asked once, and again when its time is over", async () => {
    const { ask, clock } = await startReplicas(provider, redis);
    expect(await ask(0, token)).toBe("data");
    expect(await ask(1, token)).toBe("data");
    clock.advance(20 * second);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    expect(countCalls(provider)).toBe(1);
    clock.advance(10 * second);
    expect(await ask(1, token)).toBe("data");
    expect(countCalls(provider)).toBe(2);
  });

  test("keep in Redis digests and claims for the answer's time, and neither the token nor our secret", async () => {
    const { ask } = await startReplicas(provider, redis);
    await ask(0, token);
    const [entry, ...more] = await redis.list();
    expect(more).toEqual([]);
    expect(entry?.key).toMatch(/^gatehouse:introspection:[\w-]{43}$/);
    expect(entry?.value).toContain('"sub":"somebody"');
    expect(entry?.ttlMs).toBeGreaterThan(0);
    expect(entry?.ttlMs).toBeLessThanOrEqual(30 * second);
    expect(JSON.stringify(entry)).not.toMatch(new RegExp(`${token}|${clientSecret}`));
  });

  test("keep nothing past the token's expiry, nothing with a time of 0, and no refused token", async () => {
    callActive(provider, { exp: Math.floor(Date.now() / 1000) + 10 });
    const { ask } = await startReplicas(provider, redis);
    await ask(0, token);
    const [entry] = await redis.list();
    expect(entry?.ttlMs).toBeGreaterThan(0);
    expect(entry?.ttlMs).toBeLessThanOrEqual(10 * second);
    await redis.send("FLUSHALL");

    callActive(provider, { aud: "https://other.example.com" });
    expect(await ask(0, "another")).toBe("invalid_claims");
    provider.answers.set("/introspect", { active: false });
    expect(await ask(0, "a-third")).toBe("token_inactive");
    callActive(provider);
    const asking = await startReplicas(provider, redis, { ...introspectionEnv, AUTH_INTROSPECTION_TTL_S: "0" });
    expect([await asking.ask(0, token), await asking.ask(1, token)]).toEqual(["data", "data"]);
    expect(await redis.list()).toEqual([]);
  });

  test("that have stopped leave no connection behind", async () => {
    const { servers } = await startReplicas(provider, redis);
    expect(await redis.countConnections()).toBe(2);
    await Promise.all(servers.map(({ stop }) => stop()));
    await vi.waitFor(async () => expect(await redis.countConnections()).toBe(0), { timeout: 30_000 });
  });

  test("share nothing of a signed token", async () => {
    const { ask } = await startReplicas(provider, redis, {});
    expect(await ask(0, "e30.e30.e30")).toBe("invalid_token");
    expect(await redis.list()).toEqual([]);
  });

  test.each([
    ["no JSON", () => "{"],
    ["JSON of another shape", () => '{"value":{"active":true}}'],
    [
      "claims that nobody sealed",
      () => JSON.stringify({ claims: { sub: "somebody", aud: audience }, askedAtMs: 1e15 }),
    ],
    ["the entry of another token", (entry: string) => entry],
    ["nothing", () => ""],
  ])("take %s in an entry's place for none, and ask the provider", async (_what, forge) => {
    const { ask, clock } = await startReplicas(provider, redis);
    expect([await ask(0, token), await ask(0, "other-token")]).toEqual(["data", "data"]);
    const entries = await redis.list();
    expect(entries).toHaveLength(2);
    const [one, other] = entries;
    await redis.put(one?.key ?? "", forge(other?.value ?? ""));
    await redis.put(other?.key ?? "", forge(one?.value ?? ""));
    provider.answers.set("/introspect", { active: false });
    clock.advance(second);
    for (const index of [0, 1]) {
      expect([await ask(index, token), await ask(index, "other-token")]).toEqual(["token_inactive", "token_inactive"]);
    }
  });

  test("take an entry of another type for none, and say so once", async () => {
    const { ask, clock, servers } = await startReplicas(provider, redis);
    await ask(0, token);
    const [entry] = await redis.list();
    await redis.send("DEL", entry?.key ?? "");
    await redis.send("RPUSH", entry?.key ?? "", "x");
    for (const _again of [1, 2]) {
      clock.advance(second);
      expect(await ask(0, token)).toBe("data");
    }
    expect(
      servers[0]?.logs.filter((line) => line.includes("The shared cache refuses a command (WRONGTYPE).")).length,
    ).toBe(1);
  });
});
