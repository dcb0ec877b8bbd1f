import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from "fastify";
import type { Authentication } from "../authentication/principal.ts";
import { noteArrival } from "./arriving-requests.ts";
import { createRequestRecord, type RecordedRefusal, type RequestRecord } from "./request-record.ts";

/** A request that is over. */
interface FinishedRequest {
  /** 499 when the connection ended before the answer did. */
  readonly status: number;
  readonly durationMs: number;
  /** Undefined where nobody asked who sends it. */
  readonly authentication: Authentication | undefined;
  readonly record: RequestRecord;
}

/** Is told of every request that is over, except those about the server's health. Must not throw. */
export type RequestObserver = (request: FinishedRequest) => void;

/** Asked every few seconds by whoever runs the server: their lines would hide all others. */
const healthRoutes: readonly unknown[] = ["/health/live", "/health/ready"];

/** The longest path, subject and client id in a line, and the most refusals. */
const maxTextLength = 200;
const maxRefusals = 20;

/**
 * Makes what Fastify tells of requests: it gives each its record, and writes one line when it is over, whatever became
 * of it. Nothing of the query, the variables, the URL's query string or a header is in the line.
 */
export function createLogController(observe?: RequestObserver): LogController {
  function finish(request: FastifyRequest, reply: FastifyReply, isAnswered: boolean): void {
    const { record, authentication } = request;
    const status = isAnswered ? reply.raw.statusCode : (record.brokenStatus ?? 499);
    const isHealth = healthRoutes.includes(request.routeOptions.url);
    const level = isHealth ? "debug" : toLevel(status);
    const isLogged = isWritten(level, request.log);
    if (!isLogged && observe === undefined) return;
    const finished = { status, durationMs: reply.elapsedTime, authentication, record };
    if (!isHealth) observe?.(finished);
    if (isLogged) request.log[level](toLine(request, finished), toMessage(status));
  }

  const controller = new LogController({ disableRequestLogging: true });
  return Object.assign(controller, {
    incomingRequest: (request: FastifyRequest, reply: FastifyReply): void => {
      // Once the connection is closed, nobody knows any more where it came from.
      request.record = createRequestRecord(request.id, request.ip);
      noteArrival(request);
      // Not `writableFinished`, which is true too of what was written to a connection that is cut.
      let isAnswered = false;
      reply.raw.on("finish", () => {
        isAnswered = true;
      });
      reply.raw.on("close", () => finish(request, reply, isAnswered));
    },
  });
}

const levels: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** A line that nobody will see is not made. */
function isWritten(level: string, log: FastifyBaseLogger): boolean {
  return levels.indexOf(level) >= levels.indexOf(log.level);
}

/** What the server could not do is an error, what it can do again shortly a warning; the rest is the client's matter. */
function toLevel(status: number): "info" | "warn" | "error" {
  if (status === 503) return "warn";
  return status >= 500 ? "error" : "info";
}

function toMessage(status: number): string {
  return status === 499 ? "A request was broken off." : "A request was answered.";
}

function toLine(request: FastifyRequest, { status, durationMs, authentication, record }: FinishedRequest): object {
  const refusals = [...(record.refusals?.values() ?? [])];
  return {
    requestId: record.id,
    method: request.method,
    path: toPath(request.url),
    status,
    durationMs: Math.round(durationMs * 10) / 10,
    operation: record.operationName,
    hash: record.operationHash,
    type: record.operationType,
    ...toCaller(authentication),
    ...(authentication?.kind !== "authenticated" && { address: record.address }),
    ...(refusals.length > 0 && { refusals: refusals.slice(0, maxRefusals).map(toRefusal) }),
    ...(refusals.length > maxRefusals && { moreRefusals: refusals.length - maxRefusals }),
    ...(record.failures > 0 && { failures: record.failures }),
    traceId: record.traceId,
  };
}

/** A URL without its query string, which may hold a query and its variables, or a token where none belongs. */
export function toPath(url: string): string {
  return url.split(/[?#;]/, 1).join().slice(0, maxTextLength);
}

function toCaller(authentication: Authentication | undefined): object {
  switch (authentication?.kind) {
    case undefined:
      return {};
    case "anonymous":
      return { caller: authentication.kind };
    case "authenticated": {
      const { subject, clientId } = authentication.principal;
      return {
        caller: authentication.kind,
        subject: subject?.slice(0, maxTextLength),
        clientId: clientId?.slice(0, maxTextLength),
      };
    }
    case "rejected":
    case "unavailable":
      return { caller: authentication.kind, reason: authentication.error.reason };
  }
}

function toRefusal({ coordinate, code, count }: RecordedRefusal): object {
  return { coordinate, code, ...(count > 1 && { count }) };
}
