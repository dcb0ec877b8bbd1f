import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { waitUntilRefused } from "../server/wait-until-refused.ts";
import { readCommand, readEnvironment, readImage, readTexts } from "../support/dockerfile.ts";
import { audience } from "../support/provider.ts";
import { playDockerfile } from "./play-dockerfile.ts";

const image = readImage();

let directory: string;
let workdir: string;
// npm installs in one of them, and what it has installed is many files to remove.
const patienceMs = 600_000;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "gatehouse-image-"));
  chmodSync(directory, 0o755);
  workdir = playDockerfile(directory);
}, patienceMs);
afterAll(() => rmSync(directory, { recursive: true, force: true }), patienceMs);

/** Starts a command in the image as its user, who can change nothing there; that takes root's rights to do. */
function start(text: string, env: Readonly<Record<string, string>>): ChildProcess {
  const [command, ...parameters] = readCommand(text);
  const id = Number(readTexts(image, "USER")[0]);
  const user = process.getuid?.() === 0 ? { uid: id, gid: id } : {};
  const file = command === "node" ? process.execPath : command;
  return spawn(file, parameters, { cwd: workdir, env, stdio: ["ignore", "pipe", "pipe"], ...user });
}

const listFiles = (): readonly string[] => readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted();

describe("the image", () => {
  test("holds what production needs, and no development dependency, source or test", () => {
    expect(readdirSync(workdir).toSorted()).toEqual(["dist", "node_modules", "package.json", "schema"]);
    for (const name of ["fastify", "graphql", "@apollo/server"]) {
      expect([name, existsSync(join(workdir, "node_modules", name))]).toEqual([name, true]);
    }
    for (const name of ["typescript", "vitest", "oidc-provider", "tsx"]) {
      expect([name, existsSync(join(workdir, "node_modules", name))]).toEqual([name, false]);
    }
  });

  test("becomes well, serves without leaving a trace on the disk, and stops when it is told to", async () => {
    const before = listFiles();
    const port = await findFreePort();
    const env = {
      ...readEnvironment(image),
      HOST: "127.0.0.1",
      PORT: port,
      AUTH_ISSUER: "http://127.0.0.1:1",
      AUTH_AUDIENCE: audience,
    };
    const server = start(readTexts(image, "CMD")[0] ?? "", env);
    const output: string[] = [];
    for (const stream of [server.stdout, server.stderr]) stream?.on("data", (chunk) => output.push(String(chunk)));
    const ended = once(server, "close");
    try {
      const url = `http://127.0.0.1:${port}`;
      await vi.waitFor(() => expect(output.join("")).toContain("Server listening at"), { timeout: 45_000 });
      expect(await isWell(port)).toBe(true);
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      expect(await ask(url, "{ publicMessage { message } }")).toBe(200);
      expect(await ask(url, "{ adminMessage { message } }")).toBe(401);
      expect(await ask(url, "{ adminMessage { message } }", { authorization: "Bearer x" })).toBe(401);
      expect((await fetch(url, { headers: { accept: "text/html" } })).status).toBe(404);
      server.kill(readTexts(image, "STOPSIGNAL")[0] as NodeJS.Signals);
      await waitUntilRefused(url);
      expect(await isWell(port)).toBe(false);
      expect(await ended, output.join("")).toEqual([0, null]);
    } finally {
      server.kill("SIGKILL");
    }
    expect(listFiles()).toEqual(before);
  });
});

async function findFreePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}

async function isWell(port: string): Promise<boolean> {
  const [code] = await once(start(readTexts(image, "HEALTHCHECK")[0] ?? "", { PORT: port }), "close");
  return code === 0;
}

async function ask(url: string, query: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
  return response.status;
}
