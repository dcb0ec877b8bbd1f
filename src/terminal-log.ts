import type { LogStream } from "./server/logger-options.ts";

/**
 * Makes what writes log lines for people, one of them a line; undefined where pino-pretty, a development dependency, is
 * not installed.
 */
export async function createTerminalLog(): Promise<LogStream | undefined> {
  const pretty = await import("pino-pretty").catch(() => undefined);
  return pretty?.default({
    singleLine: true,
    translateTime: "SYS:HH:MM:ss",
    messageFormat: "{if status}{status} {end}{msg}",
    ignore: "pid,hostname,requestId,method,status,hash",
    sync: true,
  });
}
