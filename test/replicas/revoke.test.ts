import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { audience } from "../support/provider.ts";
import { describeWithRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { callActive, startReplicas } from "../support/replicas.ts";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.ts";
import { introspectionEnv } from "../support/stage.ts";

const token = "opaque-token-mark";
const command = fileURLToPath(new URL("../../src/cli/revoke.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** What operators are shown of it. */
const operators = readFileSync(new URL("../../deploy/README.md", import.meta.url), "utf8");

const nextCheck =
  "Every replica asks the provider about this token within a second, and refuses it if the provider says that it is\n" +
  "not active: it must be revoked there.\n";

interface Outcome {
  readonly code: number;
  readonly text: string;
}

interface RevokeOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs the command, in a place without a .env file. */
async function revoke({ args, env, input = "" }: RevokeOptions): Promise<Outcome> {
  const all = { PATH: process.env["PATH"], AUTH_AUDIENCE: audience, ...introspectionEnv, ...env };
  let text = "";
  const child = execFile(process.execPath, ["--import", tsx, command, ...args], { cwd: tmpdir(), env: all });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  child.stdin?.end(input);
  const [code] = await once(child, "close");
  return { code, text };
}

describeWithRedis("npm run revoke, with two replicas,", () => {
  let redis: TestRedis;
  let provider: ScriptedProvider;
  let env: Record<string, string>;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    await redis.send("FLUSHALL");
    provider = await startScriptedProvider();
    callActive(provider);
    env = { CACHE_URL: redis.url, AUTH_ISSUER: provider.issuer };
  });
  afterEach(() => provider.stop());

  test("takes a token out of both within a second, and says what it did", async () => {
    const { ask, clock } = await startReplicas(provider, redis);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    provider.answers.set("/introspect", { active: false });
    clock.advance(1000);
    // Known to be still in Redis by both, at this very moment.
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    expect(await revoke({ args: [token], env })).toEqual({
      code: 0,
      text: `The token's entry is removed.\n${nextCheck}`,
    });
    expect(operators).toContain(`The token's entry is removed.\n${nextCheck}`);
    clock.advance(999);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["token_inactive", "token_inactive"]);
    expect(await revoke({ args: ["-"], env, input: `${token}\n` })).toEqual({
      code: 0,
      text: `There was no entry for this token.\n${nextCheck}`,
    });
  });

  test("does no more than deleting the entry by other means does", async () => {
    const { ask, clock } = await startReplicas(provider, redis);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
    provider.answers.set("/introspect", { active: false });
    const [entry] = await redis.list();
    await redis.send("DEL", entry?.key ?? "");
    clock.advance(999);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["token_inactive", "token_inactive"]);
  });

  test("takes nothing from who is active: the provider is asked, and passes it", async () => {
    const { ask, clock } = await startReplicas(provider, redis);
    await ask(0, token);
    expect((await revoke({ args: [token], env })).code).toBe(0);
    clock.advance(999);
    expect([await ask(0, token), await ask(1, token)]).toEqual(["data", "data"]);
  });

  test("says which refusal it is when Redis takes nothing, and does not say that it cannot be asked", async () => {
    await redis.send("CONFIG", "SET", "maxmemory", "1");
    const { code, text } = await revoke({ args: [token], env });
    await redis.send("CONFIG", "SET", "maxmemory", "0");
    expect([code, text]).toEqual([1, "Redis (CACHE_URL) refuses to do it (OOM): nothing is removed. Try again.\n"]);
  });

  test("leaves no room for an answer that the provider was asked for before", async () => {
    const { ask } = await startReplicas(provider, redis);
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      provider.answers.set("/introspect", (response) => {
        answer = () => response.end(JSON.stringify({ active: true, sub: "somebody", aud: audience }));
        resolve();
      });
    });
    const late = ask(0, token);
    await asked;
    expect((await revoke({ args: [token], env })).code).toBe(0);
    provider.answers.set("/introspect", { active: false });
    answer();
    expect(await late).toBe("data");
    expect(await ask(1, token)).toBe("token_inactive");
    // The longest call to the provider, and then some: no longer.
    const [entry, ...more] = await redis.list();
    expect(more).toEqual([]);
    expect(entry?.value).toBe("removed");
    expect(entry?.ttlMs).toBeLessThanOrEqual(5000);
  });
});

describe("npm run revoke fails with code 1, and without the token in what it says,", () => {
  const env = { CACHE_URL: "redis://user:cache-password@127.0.0.1:1", AUTH_ISSUER: "http://127.0.0.1:1" };
  test.each<[string, RevokeOptions, string]>([
    ["when Redis cannot be reached", { args: [token] }, "Redis (CACHE_URL) cannot be asked: nothing is removed."],
    ["without CACHE_URL", { args: [token], env: { CACHE_URL: "" } }, "CACHE_URL is not set"],
    ["for signed tokens", { args: [token], env: { AUTH_METHOD: "jwks" } }, "a signed token passes until it expires"],
    ["without a token", { args: [] }, "Give one access token"],
    ["with what is none", { args: [`Bearer ${token}`] }, "Give one access token"],
    ["with two", { args: [token, token] }, "Give one access token"],
    ["with nothing on standard input", { args: ["-"] }, "Give one access token"],
    ["with mistakes in its environment", { args: [token], env: { AUTH_CLIENT_ID: "" } }, "AUTH_CLIENT_ID is required"],
  ])("%s", async (_when, options, said) => {
    const { code, text } = await revoke({ ...options, env: { ...env, ...options.env } });
    expect(code).toBe(1);
    expect(text).toContain(said);
    expect(text).not.toMatch(/opaque-token-mark|cache-password|\bat \S+ \(/);
  });

  test("and explains itself, whatever is configured", async () => {
    const { code, text } = await revoke({ args: ["--help"], env: { AUTH_METHOD: "nonsense" } });
    expect(code).toBe(0);
    expect(text).toContain("npm run --silent revoke -- TOKEN");
    expect(text).toContain("node dist/cli/revoke.js TOKEN");
  });
});
