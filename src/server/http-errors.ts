import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";
import { findArriving } from "./arriving-requests.ts";

/** What a client can do about an error of the HTTP layer. */
const messages: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: "The request body is not valid JSON.",
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The request body is empty: send {"query": "…"} as JSON.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "The request body must be JSON: send it with 'Content-Type: application/json'.",
  BAD_HOST: "The Host header, or X-Forwarded-Proto, is not valid.",
  NOT_FROM_IDE: "Only the IDE's own page, in a browser on this machine, gets tokens here.",
  FST_ERR_BAD_URL: "The request's URL is not valid.",
  RATE_LIMITED: "Too many requests: try again after as many seconds as Retry-After says.",
  UNDER_PRESSURE: "The server has too much to do: try again after as many seconds as Retry-After says.",
};

/** What clients and operators tell errors apart by, where it is not `BAD_REQUEST`. */
const codes: Readonly<Record<number, string>> = { 429: "RATE_LIMITED", 503: "SERVICE_UNAVAILABLE" };

/** An error outside GraphQL, in the form of a GraphQL response. */
function createBody(message: string, code: string): object {
  return { errors: [{ message, extensions: { code } }] };
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 500;
  reply.code(status).type("application/json; charset=utf-8");
  const message = findMessage(error, request) ?? (status < 500 ? "The request is not valid." : undefined);
  if (message !== undefined) return reply.send(createBody(message, codes[status] ?? "BAD_REQUEST"));
  request.log.error({ requestId: request.id, err: error }, "A request failed in the server.");
  return reply.send(createBody("The server failed to answer.", "INTERNAL_SERVER_ERROR"));
}

function findMessage({ code }: FastifyError, { routeOptions: { bodyLimit } }: FastifyRequest): string | undefined {
  if (code !== "FST_ERR_CTP_BODY_TOO_LARGE") return messages[code];
  const size = bodyLimit % 1024 === 0 ? `${bodyLimit / 1024} KiB` : `${bodyLimit} bytes`;
  return `The request body is larger than ${size}.`;
}

/** Answers what goes wrong outside GraphQL, without stack traces. */
export function registerHttpErrors(fastify: FastifyInstance): void {
  fastify.setErrorHandler<FastifyError>(answerError);
  fastify.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(createBody("There is nothing here. The API is at POST /graphql.", "NOT_FOUND")),
  );
}

/** By Node's code: the status, and what a client can do. */
const broken: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "The request's headers are too long."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request took too long to arrive: send it again, without pauses."],
};

/** How long a client may take to read why it was not understood, before its connection is cut. */
const lingerMs = 1000;

/** How requests are answered that never come so far as to be handled; `count` is told of those that have no line. */
export function createBrokenRequests(
  count: (status: number) => void = () => undefined,
): Required<Pick<FastifyServerOptions, "frameworkErrors" | "clientErrorHandler">> {
  return {
    frameworkErrors: (error, request, reply) => {
      answerError(error, request as FastifyRequest, reply as FastifyReply);
    },
    clientErrorHandler(this: FastifyInstance, error, socket) {
      if (!socket.writable) return;
      const [status, message] = broken[error.code] ?? [400, "The request could not be read as HTTP."];
      const arriving = findArriving(socket);
      if (arriving !== undefined) {
        // Once it is over it is told of as any other. Who hung up will hardly read the answer.
        if (error.code !== "HPE_INVALID_EOF_STATE") arriving.record.brokenStatus = status;
      } else {
        // Nothing else of Node's error is logged: it holds the bytes of the request, the token among them.
        this.log.info({ status, code: error.code }, "A request could not be read as HTTP.");
        count(status);
      }
      endWith(socket, status, message);
      // What comes too late must not be executed: its client was told to send it again.
      if (status === 408) socket.destroySoon();
      // At once, what else has been sent would reset the connection before the answer is read.
      else setTimeout(() => socket.destroy(), lingerMs).unref();
    },
  };
}

function endWith(socket: Socket, status: number, message: string): void {
  const body = JSON.stringify(createBody(message, "BAD_REQUEST"));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
