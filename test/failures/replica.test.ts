import type { JWK } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audience, createSigningKey, signToken } from "../support/provider.ts";
import { type ScriptedProvider, startScriptedProvider, toKeySet } from "../support/scripted-provider.ts";
import { readUrl, type ServerProcess, startProcess } from "../support/server-process.ts";

let provider: ScriptedProvider;
let key: JWK;
beforeAll(async () => {
  [provider, key] = await Promise.all([startScriptedProvider(), createSigningKey()]);
  provider.answers.set("/jwks", toKeySet(key));
});
afterAll(() => provider.stop());

async function startReplica(): Promise<ServerProcess & { readonly url: string }> {
  const env = {
    PORT: "0",
    PUBLIC_URL: "http://api.example.com",
    AUTH_ISSUER: provider.issuer,
    AUTH_AUDIENCE: audience,
  };
  const started = startProcess({ NODE_ENV: "production", ...env });
  return { ...started, url: await readUrl(started) };
}

async function ask(url: string, token: string): Promise<number> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const body = JSON.stringify({ query: "{ privateMessage { message } }" });
  return (await fetch(`${url}/graphql`, { method: "POST", headers, body })).status;
}

test("a replica that is killed takes nothing with it: another serves its callers, and so does the one that replaces it", async () => {
  const token = await signToken(key, { iss: provider.issuer, aud: audience });
  const [first, second] = await Promise.all([startReplica(), startReplica()]);
  expect([await ask(first.url, token), await ask(second.url, token)]).toEqual([200, 200]);

  first.child.kill("SIGKILL");
  expect(await first.ended).toBe("SIGKILL");
  await expect(ask(first.url, token)).rejects.toThrow();
  expect(await ask(second.url, token)).toBe(200);

  const replacement = await startReplica();
  expect((await fetch(`${replacement.url}/health/ready`)).status).toBe(200);
  expect(await ask(replacement.url, token)).toBe(200);
});
