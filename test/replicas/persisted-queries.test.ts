import { hash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { describeWithRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { waitForLines } from "../support/replicas.ts";
import { readAnswer, startServerForTest, type TestServer } from "../support/server.ts";

const query = "{ publicMessage { message } }";
const digest = hash("sha256", query, "hex");
const key = `gatehouse:apq:${digest}`;
const hour = 60 * 60 * 1000;

/** Where replicas count what they store. */
const countKey = "gatehouse:apq:stored";
const data = { publicMessage: { message: "The API doesn't require an access token to share this message." } };

describeWithRedis("a persisted query, with two replicas,", () => {
  let redis: TestRedis;
  let first: TestServer;
  let second: TestServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    await redis.send("FLUSHALL");
    const options = { issuer: "http://127.0.0.1:1", env: { CACHE_URL: redis.url, LIMIT_REQUESTS_PER_MINUTE: "0" } };
    [first, second] = await Promise.all([startServerForTest(options), startServerForTest(options)]);
  });

  /** What a replica answers: `data`, or the code of the error. */
  async function ask(server: TestServer, text?: string, sha256Hash: unknown = digest): Promise<unknown> {
    const body = JSON.stringify({ query: text, extensions: { persistedQuery: { version: 1, sha256Hash } } });
    const headers = { "content-type": "application/json" };
    const answer = await readAnswer(await fetch(`${server.url}/graphql`, { method: "POST", headers, body }));
    return answer.body.data ?? answer.body.errors[0].extensions.code;
  }

  const listKeys = async (): Promise<readonly string[]> => (await redis.list()).map((entry) => entry.key);

  test("that one was sent is known to the other, for an hour", async () => {
    expect(await ask(second)).toBe("PERSISTED_QUERY_NOT_FOUND");
    expect(await ask(first, query)).toEqual(data);
    await vi.waitFor(async () => expect(await listKeys()).toEqual([key, countKey]));
    expect(await ask(second)).toEqual(data);
    const entries = await redis.list();
    expect(entries).toMatchObject([{ value: expect.stringContaining(query) }, { value: "1" }]);
    for (const { ttlMs } of entries) {
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(hour);
    }
  });

  test.each([
    ["no JSON", "{"],
    ["JSON of another shape", "7"],
    ["another query", JSON.stringify({ value: "{ privateMessage { message } }" })],
    ["no text", JSON.stringify({ value: { length: 1 } })],
  ])("is not found when Redis has %s in its place, and can be sent again", async (_what, value) => {
    await redis.put(key, value);
    expect(await ask(first)).toBe("PERSISTED_QUERY_NOT_FOUND");
    expect(await ask(first, query)).toEqual(data);
    await vi.waitFor(async () => expect(await ask(second)).toEqual(data));
  });

  test.each([{ a: 1 }, "x".repeat(50_000), digest.toUpperCase(), `${digest}\n`, "", null])(
    "is asked for by its digest and by nothing else (%#)",
    async (sha256Hash) => {
      await ask(first, undefined, sha256Hash);
      await ask(first, query, sha256Hash);
      expect(await ask(first, query)).toEqual(data);
      await vi.waitFor(async () => expect(await listKeys()).toEqual([key, countKey]));
    },
  );

  test.each([
    ["is long", "x".repeat(3500)],
    ["is longer in bytes than in characters", "€".repeat(1200)],
    ["is longer as JSON than as text", '\\"'.repeat(1000)],
  ])("that %s is answered and not kept", async (_what, comment) => {
    const long = `{ publicMessage { message } } #${comment}`;
    expect(await ask(first, long, hash("sha256", long, "hex"))).toEqual(data);
    expect(await ask(first, query)).toEqual(data);
    await vi.waitFor(async () => expect(await listKeys()).toEqual([key, countKey]));
  });

  test("that is as long as one may be takes less than 4 kB in Redis", async () => {
    const long = "{ publicMessage { message } } #".padEnd(3498, "x");
    const sha256 = hash("sha256", long, "hex");
    await ask(first, long, sha256);
    await vi.waitFor(async () => expect(await listKeys()).toContain(`gatehouse:apq:${sha256}`));
    expect(await redis.send("MEMORY", "USAGE", `gatehouse:apq:${sha256}`)).toBeLessThan(4000);
  });

  test("is one too many once 5000 were stored within the hour, and is answered all the same", async () => {
    await redis.send("SET", countKey, "4998", "PX", String(hour));
    const send = async (name: string): Promise<void> => {
      const named = `query ${name} ${query}`;
      expect(await ask(name === "B" ? second : first, named, hash("sha256", named, "hex"))).toEqual(data);
    };
    for (const name of ["A", "B"]) await send(name);
    await vi.waitFor(async () => expect(await listKeys()).toHaveLength(3));
    await send("C");
    await vi.waitFor(async () => expect(await redis.send("GET", countKey)).toBe("5001"));
    await send("D");
    await vi.waitFor(async () => expect(await redis.send("GET", countKey)).toBe("5002"));
    expect(await listKeys()).toHaveLength(3);
    await redis.send("DEL", countKey);
    await send("D");
    await vi.waitFor(async () => expect(await listKeys()).toHaveLength(4));
  });

  test("is to be sent whole while Redis is down, and is answered", async () => {
    expect(await ask(first, query)).toEqual(data);
    await redis.goDown();
    await waitForLines(first, 1);
    expect(await ask(first)).toBe("PERSISTED_QUERY_NOT_FOUND");
    expect(await ask(first, query)).toEqual(data);
    await redis.comeBack();
  });
});

test("a persisted query is kept in the process without a Redis", async () => {
  const server = await startServerForTest({ issuer: "http://127.0.0.1:1" });
  const send = async (text?: string): Promise<unknown> => {
    const body = JSON.stringify({ query: text, extensions: { persistedQuery: { version: 1, sha256Hash: digest } } });
    const headers = { "content-type": "application/json" };
    return (await readAnswer(await fetch(`${server.url}/graphql`, { method: "POST", headers, body }))).body.data;
  };
  expect(await send(query)).toEqual(data);
  expect(await send()).toEqual(data);
});
