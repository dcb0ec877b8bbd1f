import { get } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Authenticator, createAuthenticator } from "../src/authentication/authenticator.ts";
import type { IssuerOptions } from "../src/authentication/issuer.ts";
import { createTestClock, type TestClock } from "./support/clock.ts";
import { audience } from "./support/provider.ts";
import { respondWith, type ScriptedProvider, startScriptedProvider } from "./support/scripted-provider.ts";
import { startServerForTest } from "./support/server.ts";

const second = 1000;

let provider: ScriptedProvider;
let clock: TestClock;
let authenticate: Authenticator;
beforeEach(async () => {
  provider = await startScriptedProvider();
  clock = createTestClock();
  authenticate = create();
});
afterEach(() => provider.stop());

function create(options: Partial<IssuerOptions> = {}, maxCachedTokens = 100): Authenticator {
  const credentials = { clientId: "api", clientSecret: "secret" };
  const issuer = {
    issuer: provider.issuer,
    method: "introspection",
    timeoutMs: 2000,
    ...credentials,
    ...options,
  } as const;
  return createAuthenticator({ issuers: [issuer], clock, maxCachedTokens });
}

async function ask(token: string): Promise<string> {
  const authentication = await authenticate({ headers: { authorization: `Bearer ${token}` } });
  return "error" in authentication ? authentication.error.reason : authentication.kind;
}

const askAll = (count: number, name = "token"): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(`${name}-${index}`)));

const calls = (): number => provider.calls.get("/introspect") ?? 0;

describe("a token that is not active", () => {
  test("is refused without another call for 10 seconds, and no longer", async () => {
    expect([await ask("a"), await ask("a")]).toEqual(["token_inactive", "token_inactive"]);
    clock.advance(9 * second);
    expect(await ask("a")).toBe("token_inactive");
    expect(calls()).toBe(1);
    clock.advance(1 * second);
    provider.answers.set("/introspect", { active: true });
    expect(await ask("a")).toBe("authenticated");
    expect(calls()).toBe(2);
  });

  test("is asked about each time where active ones are too", async () => {
    authenticate = create({ introspectionTtlS: 0 });
    expect([await ask("a"), await ask("a")]).toEqual(["token_inactive", "token_inactive"]);
    expect(calls()).toBe(2);
  });

  test("takes no good token's place, however many there are", async () => {
    authenticate = create({}, 10);
    provider.answers.set("/introspect", { active: true });
    expect(await ask("good")).toBe("authenticated");
    provider.answers.set("/introspect", { active: false });
    expect(new Set(await askAll(200))).toEqual(new Set(["token_inactive"]));
    expect(calls()).toBe(201);
    expect(await ask("good")).toBe("authenticated");
    expect(calls()).toBe(201);
  });

  test("is forgotten when too many have come after it: what is remembered is bounded", async () => {
    authenticate = create({}, 10);
    await ask("first");
    await askAll(10);
    await ask("first");
    expect(calls()).toBe(12);
  });
});

test("a failed call is not remembered, and nor is a 400", async () => {
  for (const status of [500, 400]) {
    provider.answers.set("/introspect", respondWith(status));
    expect(await ask(`after ${status}`.replace(" ", "-"))).not.toBe("authenticated");
    provider.answers.set("/introspect", { active: true });
    expect(await ask(`after-${status}`)).toBe("authenticated");
  }
});

test("an answer is reused from when it was asked for: what takes long to come is no younger for it", async () => {
  provider.answers.set("/introspect", (response) => {
    clock.advance(29 * second);
    response.end(JSON.stringify({ active: true }));
  });
  expect(await ask("a")).toBe("authenticated");
  clock.advance(1 * second);
  await ask("a");
  expect(calls()).toBe(2);
});

describe("the circuit breaker", () => {
  test.each([
    ["5xx", respondWith(503)],
    ["refusals of our own credentials", respondWith(401)],
    ["answers that are none", respondWith(200, { active: "true" })],
    ["redirects", respondWith(302, {}, { location: "/elsewhere" })],
  ])("stops calls after five %s in a row, and lets one through after five seconds", async (_, script) => {
    provider.answers.set("/introspect", script);
    for (let time = 0; time < 8; time += 1) expect(await ask(`t${time}`)).toBe("provider_unavailable");
    expect(calls()).toBe(5);
    clock.advance(4 * second);
    expect(await ask("early")).toBe("provider_unavailable");
    expect(calls()).toBe(5);
    clock.advance(1 * second);
    expect(new Set(await askAll(20))).toEqual(new Set(["provider_unavailable"]));
    expect(calls()).toBe(6);

    provider.answers.set("/introspect", { active: true });
    clock.advance(5 * second);
    expect(new Set(await askAll(20))).toEqual(new Set(["authenticated"]));
    expect(calls()).toBe(26);
    expect(provider.calls.get("/elsewhere")).toBeUndefined();
  });

  test("counts a provider that is down, whatever is done about its wall clock", async () => {
    provider.answers.set("/introspect", { active: true });
    let hourAgo = 0;
    const test = clock;
    clock = { ...test, wallMs: () => test.wallMs() - hourAgo };
    authenticate = create();
    await provider.goDown();
    for (let time = 0; time < 8; time += 1) expect(await ask("a")).toBe("provider_unavailable");
    await provider.comeBack();
    hourAgo = 3600 * second;
    expect(await ask("a")).toBe("provider_unavailable");
    test.advance(5 * second);
    expect(await ask("a")).toBe("authenticated");
  });

  test.each([400, 413, 422])("is not opened by %i, which is the caller's fault", async (status) => {
    provider.answers.set("/introspect", respondWith(status));
    await askAll(20);
    expect(calls()).toBe(20);
    provider.answers.set("/introspect", { active: true });
    expect(await ask("good")).toBe("authenticated");
  });

  test("lets tokens that are known pass while it is open", async () => {
    provider.answers.set("/introspect", { active: true });
    await ask("known");
    provider.answers.set("/introspect", respondWith(500));
    await askAll(8);
    expect(await ask("known")).toBe("authenticated");
  });
});

describe("429", () => {
  const wait = async (script: ReturnType<typeof respondWith>): Promise<number> => {
    provider.answers.set("/introspect", script);
    expect(await ask("a")).toBe("provider_unavailable");
    provider.answers.set("/introspect", { active: true });
    for (let seconds = 0; seconds < 100; seconds += 1) {
      if ((await ask("a")) === "authenticated") return seconds;
      clock.advance(second);
    }
    return 100;
  };

  test.each([
    ["Retry-After in seconds", "7", 7],
    ["no Retry-After", undefined, 5],
    ["one that cannot be read", "soon", 5],
    ["one that is too long", "86400", 60],
    ["one that is over", "0", 0],
    ["one below zero", "-1", 5],
  ])("with %s stops all calls until then", async (_, value, seconds) => {
    expect(await wait(respondWith(429, {}, value === undefined ? {} : { "retry-after": value }))).toBe(seconds);
    expect(calls()).toBe(2);
  });

  test("with a date stops all calls until then", async () => {
    const date = new Date(Math.ceil(clock.wallMs() / second) * second + 10 * second).toUTCString();
    expect([10, 11]).toContain(await wait(respondWith(429, {}, { "retry-after": date })));
    expect(calls()).toBe(2);
  });
});

describe("one call", () => {
  test("serves a thousand simultaneous requests with one token", async () => {
    provider.answers.set("/introspect", { active: true });
    const answers = await Promise.all(Array.from({ length: 1000 }, () => ask("a")));
    expect(new Set(answers)).toEqual(new Set(["authenticated"]));
    expect(calls()).toBe(1);
  });

  test("goes on for the others when the client that caused it hangs up", async () => {
    let answer = (): void => {};
    provider.answers.set("/introspect", (response) => {
      answer = () => response.end(JSON.stringify({ active: true, aud: audience }));
    });
    const env = { AUTH_METHOD: "introspection", AUTH_CLIENT_ID: "api", AUTH_CLIENT_SECRET: "secret" };
    const server = await startServerForTest({ issuer: provider.issuer, env });
    const url = `${server.url}/graphql?query={privateMessage{message}}`;
    const headers = { authorization: "Bearer opaque", "apollo-require-preflight": "1" };
    const first = get(url, { headers }).on("error", () => {});
    await expect.poll(calls).toBe(1);
    const other = server.query("{ privateMessage { message } }", { token: "opaque" });
    first.destroy();
    await server.query("{ publicMessage { message } }");
    answer();
    expect((await other).body.data.privateMessage).not.toBeNull();
    expect(calls()).toBe(1);
  });
});

test("no more than a hundred calls are under way at once, and the others wait their turn", async () => {
  let underWay = 0;
  let most = 0;
  provider.answers.set("/introspect", (response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    setImmediate(() => {
      underWay -= 1;
      response.end(JSON.stringify({ active: true }));
    });
  });
  authenticate = create({ timeoutMs: 60_000 });
  expect(new Set(await askAll(300))).toEqual(new Set(["authenticated"]));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(100);
});
