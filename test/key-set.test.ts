import type { JWK } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Authenticator, createAuthenticator } from "../src/authentication/authenticator.ts";
import { createTestClock, type TestClock } from "./support/clock.ts";
import { audience, createSigningKey, signToken } from "./support/provider.ts";
import { respondWith, type ScriptedProvider, startScriptedProvider, toKeySet } from "./support/scripted-provider.ts";

const second = 1000;
const minute = 60 * second;

let provider: ScriptedProvider;
let clock: TestClock;
let authenticate: Authenticator;
let key: JWK;
let newKey: JWK;

beforeAll(async () => {
  [key, newKey] = await Promise.all([createSigningKey(), createSigningKey()]);
});
beforeEach(async () => {
  provider = await startScriptedProvider();
  provider.answers.set("/jwks", toKeySet(key));
  clock = createTestClock();
  authenticate = createAuthenticator({ issuers: [{ issuer: provider.issuer, audience, timeoutMs: 500 }], clock });
});
afterEach(() => provider.stop());

/** A token of its own for each call, so that no answer comes from the cache of verified tokens. */
async function ask(signer: JWK = key, header = {}): Promise<string> {
  const exp = Math.floor(clock.wallMs() / 1000) + 24 * 3600;
  const claims = { iss: provider.issuer, aud: audience, exp, jti: crypto.randomUUID() };
  return present(await signToken(signer, claims, header));
}

async function present(token: string): Promise<string> {
  const authentication = await authenticate({ headers: { authorization: `Bearer ${token}` } });
  return "error" in authentication ? authentication.error.reason : authentication.kind;
}

const calls = (path = "/jwks"): number => provider.calls.get(path) ?? 0;

describe("the key set", () => {
  test("is fetched once for any number of tokens, at the same time or later", async () => {
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => ask())))).toEqual(new Set(["authenticated"]));
    expect(await ask()).toBe("authenticated");
    expect(calls()).toBe(1);
    expect(calls("/.well-known/openid-configuration")).toBe(1);
  });

  test("is fetched at most once in 30 seconds on account of unknown keys, and a rotated key works within 40", async () => {
    await ask();
    provider.answers.set("/jwks", toKeySet(newKey));
    const askTwentyTimes = async (): Promise<Set<string>> =>
      new Set(await Promise.all(Array.from({ length: 20 }, () => ask(newKey))));
    expect(await askTwentyTimes()).toEqual(new Set(["invalid_token"]));
    clock.advance(31 * second);
    expect(await askTwentyTimes()).toEqual(new Set(["authenticated"]));
    expect(calls()).toBe(2);
  });

  test("works within 40 seconds for tokens without a key id too, and is no fault of theirs while it cannot be had", async () => {
    const noKid = { kid: undefined };
    expect(await ask(key, noKid)).toBe("authenticated");
    provider.answers.set("/jwks", respondWith(500));
    clock.advance(31 * second);
    expect(await ask(newKey, noKid)).toBe("provider_unavailable");
    provider.answers.set("/jwks", toKeySet(newKey));
    clock.advance(9 * second);
    expect(await ask(newKey, noKid)).toBe("authenticated");
    expect(await ask(key, noKid)).toBe("invalid_token");
  });

  test("serves a rotated key within 15 seconds of an outage, whenever that was", async () => {
    await ask();
    clock.advance(31 * second);
    await provider.goDown();
    expect(await ask(newKey)).toBe("provider_unavailable");
    await provider.comeBack();
    provider.answers.set("/jwks", toKeySet(newKey));
    clock.advance(10 * second);
    expect(await ask(newKey)).toBe("authenticated");
  });

  test("makes nobody wait for a provider that has just failed, while its keys serve", async () => {
    await ask();
    clock.advance(11 * minute);
    provider.answers.set("/jwks", respondWith(500));
    expect(await ask()).toBe("authenticated");
    provider.answers.set("/jwks", () => {});
    clock.advance(2 * second);
    const calledBefore = calls();
    expect(await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, 400, "waited"))])).toBe(
      "authenticated",
    );
    await expect.poll(() => calls()).toBe(calledBefore + 1);
  });

  test("stops verifying with a removed key within 10 minutes, also for tokens it has verified", async () => {
    const exp = Math.floor(Date.now() / 1000) + 24 * 3600;
    const token = await signToken(key, { iss: provider.issuer, aud: audience, exp });
    expect(await present(token)).toBe("authenticated");
    provider.answers.set("/jwks", toKeySet(newKey));
    clock.advance(9 * minute);
    expect(await present(token)).toBe("authenticated");
    clock.advance(1 * minute);
    expect(await present(token)).toBe("invalid_token");
  });

  test("is refreshed in the background before it is too old, without making anybody wait", async () => {
    await ask();
    let release = (): void => {};
    provider.answers.set("/jwks", (response) => {
      release = () => response.end(JSON.stringify(toKeySet(newKey)));
    });
    clock.advance(6 * minute);
    expect(await ask()).toBe("authenticated");
    await expect.poll(() => calls()).toBe(2);
    release();
    await expect.poll(() => ask(newKey)).toBe("authenticated");
  });

  test("keeps serving for six hours while the provider is down, and no longer", async () => {
    await ask();
    await provider.goDown();
    clock.advance(6 * 60 * minute - 1 * second);
    expect(await ask()).toBe("authenticated");
    expect(await ask(newKey)).toBe("provider_unavailable");
    clock.advance(2 * second);
    expect(await ask()).toBe("provider_unavailable");
  });

  test.each([
    ["an empty set", { keys: [] }],
    ["something else", { key: "x" }],
    ["text", respondWith(200, "no JSON")],
    ["an error", respondWith(500, { keys: [] })],
    ["a redirect", respondWith(302, {}, { location: "/elsewhere" })],
    ["more than 256 KiB", respondWith(200, { keys: [], filler: "x".repeat(256 * 1024) })],
    ["nothing, in time", () => {}],
  ])("is not replaced by %s, and the provider is not called an invalid token's fault", async (_, script) => {
    await ask();
    provider.answers.set("/jwks", script);
    provider.answers.set("/elsewhere", toKeySet(newKey));
    clock.advance(31 * second);
    expect(await ask(newKey)).toBe("provider_unavailable");
    expect(await ask()).toBe("authenticated");
    expect(calls("/elsewhere")).toBe(0);
  });

  test("is asked for again after a pause that grows, and serves soon after the provider is back", async () => {
    await provider.goDown();
    for (let waited = 0; waited < minute; waited += 500) {
      expect(await ask()).toBe("provider_unavailable");
      clock.advance(500);
    }
    await provider.comeBack();
    clock.advance(15 * second);
    expect(await ask()).toBe("authenticated");
  });

  test("is not asked for during a pause on account of unknown keys either", async () => {
    await ask();
    provider.answers.set("/jwks", respondWith(500));
    clock.advance(31 * second);
    expect(await ask(newKey)).toBe("provider_unavailable");
    const calledBefore = calls();
    expect([await ask(newKey), await ask(newKey)]).toEqual(["provider_unavailable", "provider_unavailable"]);
    expect(calls()).toBe(calledBefore);
  });

  test("is not asked for during a pause", async () => {
    provider.answers.set("/jwks", respondWith(500));
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(new Set(answers)).toEqual(new Set(["provider_unavailable"]));
    expect(await ask()).toBe("provider_unavailable");
    expect(calls()).toBe(1);
  });

  test("makes nobody whose key is known wait for a fetch on account of an unknown one", async () => {
    await ask();
    clock.advance(31 * second);
    let release = (): void => {};
    provider.answers.set("/jwks", (response) => {
      release = () => response.end(JSON.stringify(toKeySet(key)));
    });
    const unknown = ask(newKey);
    await expect.poll(() => calls()).toBe(2);
    expect(await ask()).toBe("authenticated");
    release();
    expect(await unknown).toBe("invalid_token");
  });

  test("is as old as the question for it: an answer that takes long is no younger for it", async () => {
    provider.answers.set("/jwks", (response) => {
      clock.advance(9 * minute);
      response.end(JSON.stringify(toKeySet(key)));
    });
    const exp = Math.floor(Date.now() / 1000) + 24 * 3600;
    const token = await signToken(key, { iss: provider.issuer, aud: audience, exp });
    expect(await present(token)).toBe("authenticated");
    provider.answers.set("/jwks", toKeySet(newKey));
    clock.advance(1 * minute);
    expect(await present(token)).toBe("invalid_token");
  });

  test("is told to the operator by number where members are unusable, without saying which", async () => {
    const logs: string[] = [];
    const log = (details: object, message: string): number => logs.push(`${message} ${JSON.stringify(details)}`);
    const logger = { info: log, warn: log, error: log };
    authenticate = createAuthenticator({ issuers: [{ issuer: provider.issuer, audience }], clock, logger });
    provider.answers.set("/jwks", {
      keys: [...toKeySet(key).keys, { ...key, kid: "private" }, { kty: "oct", k: "x" }],
    });
    expect(await ask()).toBe("authenticated");
    expect(logs).toEqual([expect.stringMatching(/unusable and were left out\. \{"dropped":2\}$/)]);
  });
});
