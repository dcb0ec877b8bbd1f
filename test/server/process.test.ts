import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { audience } from "../support/provider.ts";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.ts";
import { type Answer, readAnswer } from "../support/server.ts";
import { waitUntilRefused } from "./wait-until-refused.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** The server as a process of its own. */
interface ServerProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Where the process runs: a place without a .env file. */
let directory: string;
let provider: ScriptedProvider;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "gatehouse-"));
  provider = await startScriptedProvider();
});
afterAll(async () => {
  await provider.stop();
  rmSync(directory, { recursive: true });
});

/** Starts the server with these environment variables and no others; it is killed when the test is over. */
function startProcess(env: Readonly<Record<string, string>>): ServerProcess {
  const options = { cwd: directory, env: { PATH: process.env["PATH"], ...env } };
  const child = spawn(process.execPath, ["--import", tsx, main], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  return { child, ended, stdout: () => output.stdout, stderr: () => output.stderr };
}

/** The address in the log line that says where the server listens. */
async function readUrl({ stdout, stderr, child }: ServerProcess): Promise<string> {
  return vi.waitFor(
    () => {
      const [, url] = /"msg":"Server listening at (http:\/\/127\.0\.0\.1:\d+)"/.exec(stdout()) ?? [];
      if (url === undefined) throw new Error(`It does not listen (exit code ${child.exitCode}): ${stderr()}`);
      return url;
    },
    { timeout: 45_000 },
  );
}

describe("a process with a request that hangs at a slow provider", () => {
  let answerProvider: () => void;
  beforeEach(() => {
    answerProvider = () => {};
  });

  /** Starts the process and sends a request for which the provider takes as long as the test wants. */
  async function startHanging(): Promise<ServerProcess & { url: string; answer: Promise<Answer> }> {
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
