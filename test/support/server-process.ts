import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onTestFinished, vi } from "vitest";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** The server as a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * Starts the server with these environment variables and no others, in a place without a .env file; it is killed when
 * the test is over.
 */
export function startProcess(env: Readonly<Record<string, string>>): ServerProcess {
  const cwd = mkdtempSync(join(tmpdir(), "gatehouse-"));
  const options = { cwd, env: { PATH: process.env["PATH"], ...env } };
  const child = spawn(process.execPath, ["--import", tsx, main], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(cwd, { recursive: true });
  });
  return { child, ended, stdout: () => output.stdout, stderr: () => output.stderr };
}

/** The address in the log line that says where the server listens. */
export async function readUrl({ stdout, stderr, child }: ServerProcess): Promise<string> {
  return vi.waitFor(
    () => {
      const [, url] = /"msg":"Server listening at (http:\/\/127\.0\.0\.1:\d+)"/.exec(stdout()) ?? [];
      if (url === undefined) throw new Error(`It does not listen (exit code ${child.exitCode}): ${stderr()}`);
      return url;
    },
    { timeout: 45_000 },
  );
}
