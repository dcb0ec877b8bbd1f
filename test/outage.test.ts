import type { JWK } from "jose";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { createTestClock } from "./support/clock.ts";
import { audience, createSigningKey, signToken } from "./support/provider.ts";
import { respondWith, type ScriptedProvider, startScriptedProvider, toKeySet } from "./support/scripted-provider.ts";
import { startServerForTest } from "./support/server.ts";

let key: JWK;
beforeAll(async () => {
  key = await createSigningKey();
});

async function startDownProvider(): Promise<ScriptedProvider> {
  const provider = await startScriptedProvider();
  provider.answers.set("/jwks", toKeySet(key));
  onTestFinished(provider.stop);
  await provider.goDown();
  return provider;
}

test("a provider that is down does not stop the start: the log says so, public fields work, and it recovers", async () => {
  const provider = await startDownProvider();
  const clock = createTestClock();
  const server = await startServerForTest({ issuer: provider.issuer, clock });
  await expect.poll(() => server.logs.join("")).toContain("The provider's keys cannot be fetched");

  const token = await signToken(key, { iss: provider.issuer, aud: audience });
  const both = "{ publicMessage { message } privateMessage { message } }";
  const during = await server.query(both, { token });
  expect(during.status).toBe(200);
  expect(during.body.data.publicMessage).not.toBeNull();
  expect(during.body.errors[0].extensions.code).toBe("SERVICE_UNAVAILABLE");
  expect((await server.query("{ privateMessage { message } }")).status).toBe(401);

  await provider.comeBack();
  clock.advance(20_000);
  const after = await server.query(both, { token });
  expect(after.body.errors).toBeUndefined();
  expect(server.logs.join("")).toContain("The provider's keys can be fetched again.");
});

test("with introspection too", async () => {
  const provider = await startDownProvider();
  const env = { AUTH_METHOD: "introspection", AUTH_CLIENT_ID: "api", AUTH_CLIENT_SECRET: "hush-hush" };
  const server = await startServerForTest({ issuer: provider.issuer, env });
  const ask = async (): Promise<number> =>
    (await server.query("{ privateMessage { message } }", { token: "opaque" })).status;
  expect(await ask()).toBe(503);
  await provider.comeBack();
  provider.answers.set("/introspect", respondWith(200, { active: true, aud: audience }));
  expect(await ask()).toBe(200);
  expect(server.logs.join("")).not.toMatch(/hush-hush|opaque/);
});
