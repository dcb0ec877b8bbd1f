import createFastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../src/authentication/logger.ts";
import { createPrincipal } from "../../src/authentication/principal.ts";
import { createRateLimit } from "../../src/server/rate-limit.ts";
import { createSharedCounts } from "../../src/server/request-counts.ts";
import { createSharedCache, type SharedCache } from "../../src/shared-cache/shared-cache.ts";
import { createTestClock, type TestClock } from "../support/clock.ts";
import { describeWithRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { callActive, startReplicas } from "../support/replicas.ts";
import { startScriptedProvider } from "../support/scripted-provider.ts";
import { introspectionEnv } from "../support/stage.ts";

const minute = 60_000;

describeWithRedis("the limit of requests, with two replicas,", () => {
  let redis: TestRedis;
  let clock: TestClock;
  let first: FastifyInstance;
  let second: FastifyInstance;
  beforeEach(async () => {
    redis = await startRedis();
    clock = createTestClock();
    [first, second] = await Promise.all([startReplica(), startReplica()]);
  });
  afterEach(() => redis.stop());

  /** A server that lets a caller in three times a minute. */
  async function startReplica(): Promise<FastifyInstance> {
    const cache: SharedCache = await createSharedCache({ url: redis.url, logger: silentLogger, clock });
    const fastify = createFastify();
    const countRequest = createRateLimit({ requestsPerMinute: 3, count: createSharedCounts(cache.count, clock) });
    fastify.decorateRequest("authentication", undefined);
    fastify.get("/", async (request, reply) => {
      const principal = createPrincipal({ sub: request.headers["x-caller"] }, "https://issuer-mark", []);
      request.authentication = { kind: "authenticated", principal };
      await countRequest(request, reply);
      return "let in";
    });
    onTestFinished(async () => {
      await fastify.close();
      await cache.stop();
    });
    return fastify;
  }

  const ask = async (fastify: FastifyInstance, caller = "subject-mark"): Promise<number> =>
    (await fastify.inject({ url: "/", headers: { "x-caller": caller } })).statusCode;
  const askInTurn = async (times: number): Promise<number[]> => {
    const statuses: number[] = [];
    for (const index of Array(times).keys()) statuses.push(await ask(index % 2 === 0 ? first : second));
    return statuses;
  };

  test("is one for both, and apart for each caller", async () => {
    expect(await askInTurn(5)).toEqual([200, 200, 200, 429, 429]);
    expect(await ask(first, "somebody else")).toBe(200);
  });

  test("counts every request of many at once", async () => {
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index % 2 ? first : second)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
  });

  test("is kept by a digest of the caller, for the window and no longer, and tells when to come again", async () => {
    await askInTurn(4);
    const [entry, ...more] = await redis.list();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ key: expect.stringMatching(/^gatehouse:rate:[\w-]{43}$/), value: "4" });
    expect(entry?.ttlMs).toBeGreaterThan(0);
    expect(entry?.ttlMs).toBeLessThanOrEqual(minute);
    const { headers } = await second.inject({ url: "/", headers: { "x-caller": "subject-mark" } });
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(60);
    await redis.send("PEXPIRE", entry?.key ?? "", "1");
    while ((await redis.list()).length > 0);
    expect(await ask(first)).toBe(200);
  });

  test.each([
    ["is down", () => redis.goDown()],
    ["has something else in the count's place", spoilCounts],
  ])("is each replica's own while Redis %s: neither everybody is let in, nor nobody", async (_how, spoil) => {
    expect(await askInTurn(5)).toEqual([200, 200, 200, 429, 429]);
    await spoil();
    expect(await askInTurn(8)).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
    clock.advance(minute);
    expect(await askInTurn(2)).toEqual([200, 200]);
  });

  test("is what whole servers answer, and nothing is done for a request too many", async () => {
    const provider = await startScriptedProvider();
    onTestFinished(provider.stop);
    callActive(provider);
    const env = { ...introspectionEnv, LIMIT_REQUESTS_PER_MINUTE: "2" };
    const { servers } = await startReplicas(provider, redis, env);
    const askWhole = (index: number) =>
      servers[index % 2]?.query("{ privateMessage { message } }", { token: "opaque" });
    const answers = [await askWhole(0), await askWhole(1), await askWhole(0), await askWhole(1)];
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 429, 429]);
    expect(answers.map((answer) => answer?.body.data !== undefined)).toEqual([true, true, false, false]);
    expect(answers[3]?.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  async function spoilCounts(): Promise<void> {
    for (const { key } of await redis.list()) {
      await redis.send("DEL", key);
      await redis.send("RPUSH", key, "x");
    }
  }
});
