import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { findMetricsUrl } from "../support/metrics-url.ts";
import { findRequestLines, patience } from "../support/request-lines.ts";
import { startServerForTest, type TestServer } from "../support/server.ts";

let calls = 0;
const resolvers = {
  Query: {
    count: () => {
      calls += 1;
      return calls;
    },
  },
};

const start = (env: Record<string, string> = {}): Promise<TestServer> =>
  startServerForTest({
    issuer: "http://127.0.0.1:1",
    typeDefs: "type Query { count: Int }",
    resolvers,
    env: { METRICS_PORT: "0", ...env },
  });

/** A connection on which so much has been sent, and that its client does not close when the server does. */
function open({ url }: TestServer, text: string): Socket {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.resume().write(text);
  return socket;
}

/** How often each status was counted. */
async function readCounts(server: TestServer): Promise<Record<string, number>> {
  const text = await (await fetch(findMetricsUrl(server))).text();
  const found = text.matchAll(/^gatehouse_http_requests_total\{status="(\d+)",operation_type="none"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, status = "", count]) => [status, Number(count)]));
}

/** The statuses that the log tells, in turn. */
const readStatuses = ({ logs }: TestServer): readonly number[] =>
  logs.map((line) => JSON.parse(line).status).filter((status) => status !== undefined);

const line = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const inTime = { LIMIT_HEADERS_MS: "100", LIMIT_REQUEST_MS: "200" };
const beginning = `${line}Content-Length: 21\r\n\r\n{"query":`;

describe("counted and logged once, by the status it was answered with, is", () => {
  test.each<[string, string, number, Record<string, string>?]>([
    ["a request with a header that is none", `${line}X-Note: a\u0001b\r\n\r\n`, 400],
    ["a request whose headers are too long", `${line}X-Long: ${"x".repeat(40_000)}\r\n\r\n`, 431],
    ["a request whose headers are not there in time", line, 408, inTime],
    ["a request whose body is not there in time", beginning, 408, inTime],
    ["a request whose body cannot be read", `${line}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`, 400],
    [
      "a request that was answered before its body was to be there",
      "GET /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
      404,
      inTime,
    ],
  ])("%s", patience, async (_what, text, status, env) => {
    const server = await start(env);
    await once(open(server, text), "end");
    await vi.waitFor(async () => expect(await readCounts(server)).toEqual({ [status]: 1 }), patience);
    expect(readStatuses(server)).toEqual([status]);
  });
});

test("what follows a request on its connection, and cannot be read, is counted beside it", patience, async () => {
  const server = await start();
  const socket = open(server, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "data");
  socket.write("nonsense\r\n\r\n");
  await once(socket, "end");
  await vi.waitFor(async () => expect(await readCounts(server)).toEqual({ 400: 1, 404: 1 }), patience);
});

test.each([
  ["127.0.0.1", {}],
  ["192.0.2.7", { TRUSTED_PROXIES: "127.0.0.1" }],
])("a request whose client hangs up amid its body is broken off, with 499 and %s", patience, async (address, env) => {
  const server = await start(env);
  const text = `POST /graphql HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n${beginning.slice(beginning.indexOf("Host"))}`;
  const socket = open(server, text);
  await vi.waitFor(() => expect(socket.bytesWritten).toBe(text.length), patience);
  socket.end();
  await vi.waitFor(async () => expect(await readCounts(server)).toEqual({ 499: 1 }), patience);
  expect(readStatuses(server)).toEqual([499]);
  expect(findRequestLines(server.logs)).toMatchObject([{ address }]);
});

/** Goes on to write until that fails, as the other side has closed the connection. */
async function writeUntilClosed(socket: Socket, text: string): Promise<void> {
  const writing = setInterval(() => socket.write(text), 20);
  onTestFinished(() => clearInterval(writing));
  await new Promise((resolve) => socket.once("close", resolve));
}

test("what arrives after the answer that it took too long is not executed", patience, async () => {
  const server = await start(inTime);
  const socket = open(server, beginning);
  await once(socket, "end");
  const before = calls;
  await writeUntilClosed(socket, '"{ count }"}');
  expect((await server.query("{ count }")).body).toEqual({ data: { count: before + 1 } });
});

test("a connection on which nothing can be read is closed, also when its client leaves it open", patience, async () => {
  const socket = open(await start(), "nonsense\r\n\r\n");
  await once(socket, "end");
  await writeUntilClosed(socket, "x");
});
