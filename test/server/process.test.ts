import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { audience } from "../support/provider.ts";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.ts";
import { type Answer, readAnswer } from "../support/server.ts";
import { readUrl, type ServerProcess, startProcess } from "../support/server-process.ts";
import { waitUntilRefused } from "./wait-until-refused.ts";

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.stop());

async function openSocket(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

test("a process is ready as soon as it listens, while its provider cannot be reached", async () => {
  const startMs = performance.now();
  const env = { PUBLIC_URL: "http://api.example.com", AUTH_ISSUER: "http://127.0.0.1:1", AUTH_AUDIENCE: audience };
  const url = await readUrl(startProcess({ NODE_ENV: "production", PORT: "0", ...env }));
  const { status } = await fetch(`${url}/health/ready`);
  process.stdout.write(
    `The process was ready after ${Math.round(performance.now() - startMs)} ms, from its sources.\n`,
  );
  expect(status).toBe(200);
});

describe("a process with a request that hangs at a slow provider", () => {
  let answerProvider: () => void;
  beforeEach(() => {
    answerProvider = () => {};
  });

  /** Starts the process and sends a request for which the provider takes as long as the test wants. */
  async function startHanging(
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess & { url: string; answer: Promise<Answer> }> {
    const asked = new Promise<void>((resolve) => {
      provider.answers.set("/introspect", (response) => {
        const claims = { active: true, sub: "somebody", aud: audience, exp: Math.floor(Date.now() / 1000) + 3600 };
        answerProvider = () => {
          response.setHeader("content-type", "application/json");
          response.end(JSON.stringify(claims));
        };
        resolve();
      });
    });
    const started = startProcess({
      PORT: "0",
      PUBLIC_URL: "http://api.example.com",
      AUTH_ISSUER: provider.issuer,
      AUTH_AUDIENCE: audience,
      AUTH_METHOD: "introspection",
      AUTH_CLIENT_ID: "api",
      AUTH_CLIENT_SECRET: "the-secret-of-the-api",
      AUTH_TIMEOUT_MS: "60000",
      ...env,
    });
    const url = await readUrl(started);
    const headers = { "content-type": "application/json", authorization: "Bearer an-opaque-token" };
    const body = JSON.stringify({ query: "{ privateMessage { message } }" });
    const answer = fetch(`${url}/graphql`, { method: "POST", headers, body }).then(readAnswer);
    // When the process is killed nobody may be waiting for this yet.
    answer.catch(() => {});
    await asked;
    return { ...started, url, answer };
  }

  test.each(["SIGTERM", "SIGINT"] as const)("finishes it after %s and ends with code 0", async (signal) => {
    const { child, url, answer, ended, stdout, stderr } = await startHanging();
    child.kill(signal);
    await waitUntilRefused(url);
    expect(child.exitCode).toBeNull();
    answerProvider();
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { privateMessage: { message: "The API successfully validated your access token." } },
    });
    expect(await ended).toBe(0);
    expect(stderr()).not.toMatch(/error/i);
    expect(stdout() + stderr()).not.toMatch(/an-opaque-token|the-secret-of-the-api/);
    for (const line of stdout().trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
  });

  test("closes connections on which nothing is under way after SIGTERM, while it finishes what is", async () => {
    const { child, url, answer, ended } = await startHanging();
    const [silent, idle] = [await openSocket(url), await openSocket(url)];
    const answered = once(idle, "data");
    idle.write("GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 200 .*keep-alive/is);
    child.kill("SIGTERM");
    await Promise.all([once(silent, "close"), once(idle, "close")]);
    expect(child.exitCode).toBeNull();
    answerProvider();
    expect((await answer).status).toBe(200);
    expect(await ended).toBe(0);
  });

  test("cuts off what does not finish within SHUTDOWN_TIMEOUT_MS, and ends with code 0", async () => {
    const { child, answer, ended } = await startHanging({ SHUTDOWN_TIMEOUT_MS: "500" });
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    await expect(answer).rejects.toThrow();
    answerProvider();
  });

  test("ends at once, with code 1, when it is told a second time", async () => {
    const { child, url, answer, ended } = await startHanging();
    child.kill("SIGTERM");
    await waitUntilRefused(url);
    child.kill("SIGTERM");
    expect(await ended).toBe(1);
    await expect(answer).rejects.toThrow();
    answerProvider();
  });
});

describe("a process with mistakes in its environment", () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      "of every kind",
      {
        NODE_ENV: "production",
        HOST: "127.0.0.1",
        PORT: "port-of-call",
        PUBLIC_URL: "ftp://files.example.com",
        CLIENT_ORIGIN_URL: "*",
        LOG_LEVEL: "shouting",
        AUTH_INVALID_TOKEN: "shrug",
        AUTH_ISSUER: "http://root:issuer-password@provider.example.com",
        AUTH_AUDIENCE: audience,
        AUTH_JWKS_URI: "gopher://keys.example.com",
        AUTH_CLIENT_SECRET: "the-secret-of-the-api",
        AUTH_ALGORITHMS: "HS256",
        AUTH_TOKEN_PROFILE: "rfc0000",
        AUTH_CLOCK_TOLERANCE_S: "soon",
        AUTH_TIMEOUT_MS: "99999999",
      },
      [
        "PORT",
        "PUBLIC_URL",
        "CLIENT_ORIGIN_URL",
        "LOG_LEVEL",
        "AUTH_INVALID_TOKEN",
        "AUTH_ISSUER",
        "AUTH_JWKS_URI",
        "AUTH_ALGORITHMS",
        "AUTH_TOKEN_PROFILE",
        "AUTH_CLOCK_TOLERANCE_S",
        "AUTH_TIMEOUT_MS",
      ],
    ],
    [
      "of which some are that a variable is missing",
      { AUTH_ISSUER: "https://provider.example.com", AUTH_METHOD: "introspection", AUTH_TOKEN_PROFILE: "rfc0000" },
      ["AUTH_TOKEN_PROFILE", "AUTH_CLIENT_ID", "AUTH_CLIENT_SECRET"],
    ],
    [
      "of which one is that it has no provider in production",
      { NODE_ENV: "production", PORT: "0", AUTH_AUDIENCE: audience, AUTH_CLIENT_SECRET: "the-secret-of-the-api" },
      ["PUBLIC_URL", "AUTH_ISSUER"],
    ],
  ])("%s ends with code 1 and tells each once, without any value", async (_what, env, mistakes) => {
    const { ended, stdout, stderr } = startProcess(env);
    expect(await ended).toBe(1);
    expect(stdout()).toBe("");
    const told = [...stderr().matchAll(/^ {2}- (\w+) \S.*$/gm)].map(([, name]) => name);
    expect(told.toSorted()).toEqual(mistakes.toSorted());
    expect(stderr()).not.toMatch(/\bat \S+ \(|node_modules/);
    const values = Object.entries(env).filter(([name]) => !["NODE_ENV", "HOST", "AUTH_METHOD"].includes(name));
    for (const [, value] of values.filter(([, text]) => text.length > 1)) expect(stderr()).not.toContain(value);
    expect(stderr()).not.toContain("issuer-password");
  });
});
