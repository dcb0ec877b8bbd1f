import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { fileURLToPath } from "node:url";
import { ours } from "../contestants.ts";
import { sendRequests } from "../load/target.ts";
import { type Setting, startContestant, toEnvironment } from "../setting.ts";
import { adminQuery, smallConnections } from "./authenticated-request.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const timeoutMs = 20_000;

/**
 * How long it takes from `node dist/main.js` until the server says that it is ready, in milliseconds. The least of
 * several starts: this is time on the wall, to which everything else that the machine does only adds.
 */
export async function measureStartUpMs({ provider, effort }: Setting): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < effort.rounds; round += 1) times.push(await timeStart(toEnvironment(provider)));
  return Math.min(...times);
}

async function timeStart(env: Readonly<Record<string, string>>): Promise<number> {
  const port = await findFreePort();
  const startMs = performance.now();
  const child = spawn(process.execPath, [main], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_ENV: "production", ...env, PORT: String(port) },
  });
  const exited = once(child, "exit");
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null || performance.now() - startMs > timeoutMs) throw new Error("It does not start.");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return performance.now() - startMs;
  } finally {
    child.kill();
    await exited;
  }
}

async function isReady(port: number): Promise<boolean> {
  // Asked first, as it hardly takes anything of the machine on which the server starts.
  if (!(await isOpen(port))) return false;
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  } catch {
    return false;
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The resident memory of our server after `memoryRequests` requests, in MiB. */
export async function measureMemoryMib(setting: Setting): Promise<number> {
  const target = await startContestant(setting, ours, { queries: [adminQuery], connections: smallConnections });
  try {
    await sendRequests(target, setting.effort.memoryRequests);
    return (await target.server.readUsage()).rssMib;
  } finally {
    await target.stop();
  }
}
