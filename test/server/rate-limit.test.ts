import createFastify from "fastify";
import { describe, expect, onTestFinished, test } from "vitest";
import { createPrincipal } from "../../src/authentication/principal.ts";
import { registerHttpErrors } from "../../src/server/http-errors.ts";
import { createRateLimit } from "../../src/server/rate-limit.ts";
import { respondWith } from "../support/scripted-provider.ts";
import type { Answer } from "../support/server.ts";
import { introspectionEnv, keys, type Stage, startStage } from "../support/stage.ts";
import { expectRefusal } from "./expect-refusal.ts";

/** A server of which each caller may ask twice a minute. */
async function start(env: Record<string, string> = {}): Promise<Stage> {
  const stage = await startStage({ env: { LIMIT_REQUESTS_PER_MINUTE: "2", ...env } });
  onTestFinished(stage.stop);
  return stage;
}

const query = "{ publicMessage { message } }";

const ask = ({ server }: Stage, token?: string, headers: Record<string, string> = {}): Promise<Answer> =>
  server.query(query, { headers, ...(token !== undefined && { token }) });

/** The statuses of so many requests, one after the other. */
async function askTimes(count: number, send: (index: number) => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push((await send(index)).status);
  return statuses;
}

test("a request too many is answered with 429, with words, a code and when to come back", async () => {
  const stage = await start({ CLIENT_ORIGIN_URL: "https://app.example.com" });
  await askTimes(2, () => ask(stage));
  const answer = await ask(stage, undefined, { origin: "https://app.example.com" });
  expectRefusal(answer, 429, /Too many requests/);
  expect(answer.body.errors).toEqual([{ message: expect.any(String), extensions: { code: "RATE_LIMITED" } }]);
  expect(answer.headers.get("retry-after")).toMatch(/^([1-9]|[1-5]\d|60)$/);
  expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  expect(answer.headers.get("access-control-expose-headers")).toMatch(/Retry-After/);
  expect([...answer.headers.keys()].filter((name) => /ratelimit/.test(name))).toEqual([]);
});

test("a minute after the first request there is room again", async () => {
  const stage = await start();
  await askTimes(2, () => ask(stage));
  stage.clock.advance(59_001);
  const answer = await ask(stage);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "1"]);
  stage.clock.advance(999);
  expect(await askTimes(3, () => ask(stage))).toEqual([200, 200, 429]);
});

describe("whose request it is", () => {
  test("decides the token's subject, for all its tokens together, wherever they come from", async () => {
    const stage = await start({ TRUSTED_PROXIES: "127.0.0.1" });
    const send = (sub: string) => (index: number) =>
      ask(stage, stage.sign({ sub }), { "x-forwarded-for": `192.0.2.${index}` });
    expect(await askTimes(3, send("alice"))).toEqual([200, 200, 429]);
    expect(await askTimes(3, send("bob"))).toEqual([200, 200, 429]);
    const token = stage.sign({ sub: "carol" });
    expect(await askTimes(3, () => ask(stage, token))).toEqual([200, 200, 429]);
  });

  test("decides the client where a token has no subject, and it is not the subject of that name", async () => {
    const stage = await start();
    const client = { client_id: "robot", sub: undefined };
    expect(await askTimes(3, () => ask(stage, stage.sign(client)))).toEqual([200, 200, 429]);
    expect((await ask(stage, stage.sign({ client_id: "robot-2", sub: undefined }))).status).toBe(200);
    expect((await ask(stage, stage.sign({ sub: "robot" }))).status).toBe(200);
  });

  test("decides the address for whoever has no token or a bad one, all together", async () => {
    const stage = await start();
    expect((await ask(stage)).status).toBe(200);
    const forged = (index: number): string => stage.sign({ sub: `${index}` }, {}, keys.attacker);
    expect(await askTimes(3, (index) => ask(stage, forged(index)))).toEqual([200, 429, 429]);
    expect((await ask(stage, stage.sign())).status).toBe(200);
  });

  test("decides the address while the provider cannot be asked", async () => {
    const stage = await start(introspectionEnv);
    stage.provider.answers.set("/introspect", respondWith(500));
    expect(await askTimes(3, (index) => ask(stage, `opaque-${index}`))).toEqual([200, 200, 429]);
  });

  test.each([
    ["of a trusted proxy's client", "127.0.0.1", ["192.0.2.1", "192.0.2.2", "192.0.2.1"], [200, 200, 200]],
    [
      "that nobody trusted has written is not read",
      "192.0.2.9",
      ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
      [200, 200, 429],
    ],
    [
      "that the client put before the proxy's is not read",
      "127.0.0.1",
      ["1.1.1.1, 192.0.2.1", "2.2.2.2, 192.0.2.1", "3.3.3.3, 192.0.2.1"],
      [200, 200, 429],
    ],
    [
      "of IPv4 is the same in IPv6's form",
      "127.0.0.1",
      ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201"],
      [200, 200, 429],
    ],
    ["of IPv6 is a network's", "127.0.0.1", ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:9::3"], [200, 200, 429]],
    [
      "of IPv6 in another network is another",
      "127.0.0.1",
      ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::3"],
      [200, 200, 200],
    ],
  ])("decides the address: one %s", async (_what, proxies, addresses, statuses) => {
    const stage = await start({ TRUSTED_PROXIES: proxies });
    const send = (index: number) => ask(stage, undefined, { "x-forwarded-for": addresses[index] ?? "" });
    expect(await askTimes(3, send)).toEqual(statuses);
  });
});

test("what is no request for GraphQL is not counted, and not refused", async () => {
  const stage = await start();
  const get = (path: string): Promise<number> => fetch(`${stage.server.url}${path}`).then(({ status }) => status);
  const paths = ["/health/live", "/health/ready", "/.well-known/oauth-protected-resource"];
  for (const path of [...paths, ...paths]) expect(await get(path)).toBe(200);
  expect(await askTimes(3, () => ask(stage))).toEqual([200, 200, 429]);
  for (const path of paths) expect(await get(path)).toBe(200);
});

test("with 0 there is no limit", async () => {
  const stage = await start({ LIMIT_REQUESTS_PER_MINUTE: "0" });
  expect(await askTimes(5, () => ask(stage))).toEqual([200, 200, 200, 200, 200]);
});

test("who counts learns neither subject, issuer nor address", async () => {
  const seen: unknown[] = [];
  const countRequest = createRateLimit({
    requestsPerMinute: 2,
    count: (...call) => {
      seen.push(call);
      return { current: 3, ttl: 0 };
    },
  });
  const fastify = createFastify();
  onTestFinished(() => fastify.close());
  registerHttpErrors(fastify);
  fastify.decorateRequest("authentication", undefined);
  fastify.get("/", async (request, reply) => {
    const principal = createPrincipal({ sub: "subject-mark" }, "https://issuer-mark", []);
    request.authentication = { kind: "authenticated", principal };
    await countRequest(request, reply);
  });
  const { statusCode, headers } = await fastify.inject("/");
  expect([statusCode, headers["retry-after"]]).toEqual([429, "1"]);
  expect(seen).toEqual([[expect.stringMatching(/^[\w-]{43}$/), 60_000]]);
});
