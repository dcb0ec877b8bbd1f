import { answersLine } from "./ports.ts";
import { type Program, startProgram } from "./program.ts";

/** Starts Redis on loopback, keeping everything in memory, and resolves when it serves. */
export function startRedis(folder: string, port: number): Promise<Program> {
  return startProgram({
    name: "redis-server",
    command: "redis-server",
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder],
    cwd: folder,
    isReady: () => answersLine(port, "PING\r\n", "+PONG"),
  });
}
