import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createDpopClient, type DpopClient } from "../support/dpop.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { describeWithRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { waitForLines } from "../support/replicas.ts";
import { type Answer, startServerForTest, type TestServer } from "../support/server.ts";

describeWithRedis("a DPoP proof, with two replicas,", () => {
  let redis: TestRedis;
  let provider: TestProvider;
  let client: DpopClient;
  let token: string;
  let first: TestServer;
  let second: TestServer;
  beforeAll(async () => {
    provider = await startProvider();
    client = await createDpopClient();
    token = await provider.sign({ cnf: { jkt: client.thumbprint } });
  });
  afterAll(() => provider.stop());
  beforeEach(async () => {
    redis = await startRedis();
    const options = {
      issuer: provider.issuer,
      env: { AUTH_DPOP: "allowed", CACHE_URL: redis.url, LIMIT_REQUESTS_PER_MINUTE: "0" },
    };
    [first, second] = await Promise.all([startServerForTest(options), startServerForTest(options)]);
  });
  afterEach(() => redis.stop());

  const both = "{ publicMessage { message } privateMessage { message } }";
  const send = (server: TestServer, proof: string): Promise<Answer> =>
    server.query(both, { headers: { authorization: `DPoP ${token}`, dpop: proof } });
  const prove = (): Promise<string> => client.prove(token);

  test("that one has accepted is refused by the other, and Redis keeps a digest of it for its time", async () => {
    const proof = await prove();
    expect((await send(first, proof)).body).not.toHaveProperty("errors");
    const again = await send(second, proof);
    expect(again.body.errors[0].extensions.reason).toBe("invalid_dpop_proof");
    expect((await send(second, await prove())).body).not.toHaveProperty("errors");
    const entries = await redis.list();
    expect(entries).toHaveLength(2);
    for (const { key, value, ttlMs } of entries) {
      expect(key).toMatch(/^gatehouse:dpop:[\w-]{43}$/);
      expect(value).toBe("");
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(70_000);
    }
  });

  test("sent to both at once is accepted by one", async () => {
    const proof = await prove();
    const answers = await Promise.all([first, second, first, second].map((server) => send(server, proof)));
    expect(answers.filter(({ body }) => body.errors === undefined)).toHaveLength(1);
  });

  test.each([
    ["is down", () => redis.goDown()],
    ["is full", () => redis.send("CONFIG", "SET", "maxmemory", "1")],
  ])("is accepted by nobody while Redis %s, and all else is answered as ever", async (_how, spoil) => {
    const used = await prove();
    expect((await send(first, used)).body).not.toHaveProperty("errors");
    await spoil();
    for (const proof of [used, await prove()]) {
      const answer = await send(second, proof);
      expect(answer.body.data).toMatchObject({ publicMessage: {}, privateMessage: null });
      expect(answer.body.errors[0].extensions.reason).toBe("provider_unavailable");
    }
    const alone = await first.query("{ privateMessage { message } }", {
      headers: { authorization: `DPoP ${token}`, dpop: await prove() },
    });
    expect(alone.status).toBe(503);
    expect((await first.query(both, { token: await provider.sign() })).body).not.toHaveProperty("errors");
  });

  test("is accepted again once Redis is back", async () => {
    await redis.goDown();
    await waitForLines(first, 1);
    expect((await send(first, await prove())).body.errors[0].extensions.reason).toBe("provider_unavailable");
    await redis.comeBack();
    await waitForLines(first, 2);
    expect((await send(first, await prove())).body).not.toHaveProperty("errors");
  });
});
