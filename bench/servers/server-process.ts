import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a server is to serve, and whose tokens it is to believe. */
export interface Task {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  /** A list of so many rows of so many guarded fields, instead of this API's messages. */
  readonly list?: { readonly rows: number; readonly fields: number };
  /** How many further guarded fields the messages' schema has; ours only. */
  readonly otherRules?: number;
  /** Whether operations are compiled, where a peer leaves the choice. */
  readonly isCompiled?: boolean;
  /** Whether nothing is guarded: mercurius only. */
  readonly isUnguarded?: boolean;
}

/** What a process has used since it started. */
interface Usage {
  readonly cpuUs: number;
  readonly rssMib: number;
}

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly readUsage: () => Promise<Usage>;
  readonly stop: () => Promise<void>;
}

/** Which server is started, and how. */
export interface ServerOptions {
  /** Relative to `bench/`. */
  readonly script: string;
  readonly task: Task;
  /** Environment variables of ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node's, such as `--cpu-prof`. */
  readonly execArgv?: readonly string[];
}

/**
 * Starts a server on a free port of 127.0.0.1, for production, without its log.
 * Rejects when it ends before it listens; what it says of that is on standard error.
 */
export async function startServer({ script, task, env, execArgv = [] }: ServerOptions): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL(`../${script}`, import.meta.url)), {
    execArgv: [...execArgv],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_ENV: "production", ...env, BENCH_TASK: JSON.stringify(task) },
  });
  const exited = once(child, "exit");
  const failed = exited.then(() => Promise.reject(new Error(`${script} has ended by itself.`)));
  failed.catch(() => undefined);

  async function receive<T>(): Promise<T> {
    const [message] = await Promise.race([once(child, "message"), failed]);
    return message as T;
  }

  const { port } = await receive<{ readonly port: number }>();
  return {
    port,
    readUsage: async () => {
      child.send("usage");
      const { cpu, rss } = await receive<{ readonly cpu: NodeJS.CpuUsage; readonly rss: number }>();
      return { cpuUs: cpu.user + cpu.system, rssMib: rss / 2 ** 20 };
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
