import type { FastifyServerOptions } from "fastify";
import type { Config } from "../config.ts";
import { toLoggableError } from "./loggable-error.ts";
import { redact, redacted } from "./redaction.ts";
import { toPath } from "./request-log.ts";

/** Where log lines go, one JSON object each. */
export interface LogStream {
  readonly write: (line: string) => void;
}

const hide = (): string => redacted;

/**
 * How each member of a line is written, by its name. Requests, headers, errors and callers carry tokens and claims: of
 * them only what is harmless is written, whoever logs them.
 */
const serializers = {
  req: toLoggableRequest,
  request: toLoggableRequest,
  res: toLoggableReply,
  reply: toLoggableReply,
  headers: (headers: unknown) => Object.keys(Object(headers)),
  rawHeaders: hide,
  err: (error: unknown) => ({ ...toLoggableError(error) }),
  authentication: hide,
  principal: hide,
  claims: hide,
  context: hide,
  contextValue: hide,
};

/** A line whose errors, whatever their names, are only what may be told of them; `err` has a serializer. */
function toLoggableLine(line: Record<string, unknown>): Record<string, unknown> {
  if (!Object.values(line).some((value) => value instanceof Error)) return line;
  const toLoggable = (name: string, value: unknown): unknown =>
    value instanceof Error && name !== "err" ? toLoggableError(value) : value;
  return Object.fromEntries(Object.entries(line).map(([name, value]) => [name, toLoggable(name, value)]));
}

function toLoggableRequest(request: unknown): { method: string; path: string } {
  const { method, url } = Object(request) as { readonly method?: unknown; readonly url?: unknown };
  return { method: String(method), path: toPath(String(url)) };
}

function toLoggableReply(reply: unknown): { statusCode: number } {
  return { statusCode: Number(Object(reply).statusCode) };
}

/** The options of Fastify's logger: JSON, without secrets, to standard output unless there is a stream. */
export function createLoggerOptions(
  level: Config["logLevel"],
  stream: LogStream | undefined,
): NonNullable<FastifyServerOptions["logger"]> {
  return {
    level,
    serializers,
    formatters: { log: toLoggableLine },
    hooks: { streamWrite: redact },
    ...(stream && { stream }),
  };
}
