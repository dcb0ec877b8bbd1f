import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type RedisClientType } from "@keyv/redis";
import { describe, expect, test } from "vitest";

const isInstalled = spawnSync("redis-server", ["--version"]).status === 0;

/** Tests that need a Redis: without redis-server they are skipped, which their title says, and in CI they fail. */
export function describeWithRedis(title: string, tests: () => void): void {
  if (isInstalled) {
    describe(title, tests);
  } else if (process.env["CI"]) {
    test(`${title}: there is no redis-server on this machine`, () => expect(isInstalled).toBe(true));
  } else {
    process.stderr.write(`Skipped, for there is no redis-server on this machine: ${title}\n`);
    describe.skip(`${title} (skipped: there is no redis-server on this machine)`, tests);
  }
}

/** One entry, as it is in Redis. */
interface RedisEntry {
  readonly key: string;
  readonly value: string | null;
  /** How long it will be kept. */
  readonly ttlMs: number;
}

/** A Redis of the tests' own, on a port of its own, which keeps nothing. */
export interface TestRedis {
  readonly url: string;
  readonly list: () => Promise<readonly RedisEntry[]>;
  readonly put: (key: string, value: string) => Promise<void>;
  /** How many connections it has, beside the one on which it is asked. */
  readonly countConnections: () => Promise<number>;
  /** Sends any command. */
  readonly send: (...command: string[]) => Promise<unknown>;
  /** Kills it, so that connecting fails, until it is started again, empty, on the same port. */
  readonly goDown: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  /** Has it say nothing, with all connections open, until it goes on. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  readonly stop: () => Promise<void>;
}

export async function startRedis(...options: string[]): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-redis-"));
  const port = await findPort();
  let server = await start(port, directory, options);

  async function withClient<T>(use: (client: RedisClientType) => Promise<T>): Promise<T> {
    const client: RedisClientType = createClient({ url: `redis://127.0.0.1:${port}` });
    await client.connect();
    try {
      return await use(client);
    } finally {
      client.destroy();
    }
  }

  async function goDown(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    list: () =>
      withClient(async (client) => {
        const keys = (await client.keys("*")).toSorted();
        return Promise.all(
          keys.map(async (key) => ({ key, value: await client.get(key), ttlMs: await client.pTTL(key) })),
        );
      }),
    put: (key, value) => withClient(async (client) => void (await client.set(key, value))),
    countConnections: async () => {
      const list = await withClient((client) => client.sendCommand(["CLIENT", "LIST"]));
      return String(list).trim().split("\n").length - 1;
    },
    send: (...command) => withClient((client) => client.sendCommand(command)),
    goDown,
    comeBack: async () => {
      server = await start(port, directory, options);
    },
    freeze: () => void server.kill("SIGSTOP"),
    thaw: () => void server.kill("SIGCONT"),
    stop: async () => {
      await goDown();
      rmSync(directory, { recursive: true });
    },
  };
}

async function start(port: number, directory: string, options: readonly string[]): Promise<ChildProcess> {
  const own = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory];
  const server = spawn("redis-server", [...own, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  for await (const chunk of server.stdout) {
    output += String(chunk);
    if (output.includes("Ready to accept connections")) break;
  }
  if (server.exitCode !== null) throw new Error(`redis-server does not start: ${output}`);
  return server;
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("There is no port.");
  return address.port;
}
