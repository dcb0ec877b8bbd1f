import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** How to start a program. */
export interface ProgramOptions {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is a Node program that is talked to by messages. */
  readonly ipc?: boolean;
  /** Resolves to whether it serves; asked until it does. */
  readonly isReady: () => Promise<boolean>;
}

/** A program that this process started, and that is gone when this process is. */
export interface Program {
  readonly child: ChildProcess;
  /** What it wrote last. */
  readonly output: () => string;
  /** Sends the signal; resolves to the exit code, or the signal that killed it, when it has ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | NodeJS.Signals>;
}

/** Debian keeps servers where only root looks for programs. */
export const searchPath: string = `${process.env["PATH"]}:/usr/sbin`;

const readyWithinMs = 60_000;
const keptCharacters = 4000;
const running = new Set<ChildProcess>();

// By SIGTERM: nginx, killed, would leave its workers.
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

/** Starts a program and resolves when it serves. Rejects, with what it wrote, when it ends before or never does. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, command, args, cwd, env, ipc, isReady } = options;
  const child = spawn(command, args, {
    cwd,
    env: { PATH: searchPath, ...env },
    stdio: ["ignore", "pipe", "pipe", ...(ipc ? (["ipc"] as const) : [])],
  });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptCharacters);
    });
  }
  const ended = once(child, "close").then(([code, signal]): number | NodeJS.Signals => code ?? signal);
  let isOver = false;
  const gone = ended.finally(() => {
    running.delete(child);
    isOver = true;
  });
  gone.catch(() => {});
  const until = performance.now() + readyWithinMs;
  while (!(await isReady().catch(() => false))) {
    if (isOver || performance.now() > until) throw new Error(`${name} does not serve: ${output.trim()}`);
    await sleep(50);
  }
  return {
    child,
    output: () => output,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return gone;
    },
  };
}
