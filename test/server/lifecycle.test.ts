import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startServerForTest, type TestServer } from "../support/server.ts";
import { waitUntilRefused } from "./wait-until-refused.ts";

/** Something that a test waits for, or lets happen. */
interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

function createGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const longText = "x".repeat(1024 * 1024);

/** A server whose field `slow` is answered when its gate opens, one gate a name. */
interface SlowServer extends TestServer {
  /** Resolves when the resolver is called. */
  readonly reached: (name: string) => Promise<void>;
  readonly release: (name: string) => void;
}

async function startSlowServer(): Promise<SlowServer> {
  const gates = new Map<string, { readonly reached: Gate; readonly released: Gate }>();
  const gateOf = (name: string): { readonly reached: Gate; readonly released: Gate } => {
    const gate = gates.get(name) ?? { reached: createGate(), released: createGate() };
    gates.set(name, gate);
    return gate;
  };
  const server = await startServerForTest({
    issuer: "http://127.0.0.1:1",
    typeDefs: "type Query { slow(name: String!): String }",
    resolvers: {
      Query: {
        slow: async (_source: unknown, { name }: { name: string }) => {
          gateOf(name).reached.open();
          await gateOf(name).released.opened;
          return longText;
        },
      },
    },
  });
  const release = (name: string): void => gateOf(name).released.open();
  // Whatever a failed test left waiting would keep the server from stopping.
  onTestFinished(() => [...gates.keys()].forEach(release));
  return { ...server, release, reached: (name) => gateOf(name).reached.opened };
}

/** A connection on which a test writes requests as they are. */
interface Connection {
  readonly write: (text: string) => void;
  readonly closed: Promise<unknown>;
  readonly received: () => string;
}

async function openConnection(url: string): Promise<Connection> {
  const socket: Socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  await once(socket, "connect");
  return {
    write: (text) => void socket.write(text),
    closed: once(socket, "close"),
    received: () => Buffer.concat(chunks).toString(),
  };
}

/** A connection that has had an answer already. */
async function openIdleConnection(url: string): Promise<Connection> {
  const idle = await openConnection(url);
  idle.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (!/^HTTP\/1\.1 200 .*live/s.test(idle.received())) await nextTurn();
  return idle;
}

async function isListening(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const isConnected = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isConnected;
}

const toQuery = (name: string): string => `{ slow(name: "${name}") }`;

function toRequest(name: string): string {
  const body = JSON.stringify({ query: toQuery(name) });
  const head = ["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
  return `${[...head, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`;
}

describe("stopping", () => {
  test("lets a request under way finish with its whole answer, and then resolves", async () => {
    const server = await startSlowServer();
    const answer = server.query(toQuery("a"));
    await server.reached("a");
    const stopped = server.stop();
    await waitUntilRefused(server.url);
    server.release("a");
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(body.data.slow).toBe(longText);
    await stopped;
  });

  test("closes a connection as soon as it has its answer, while others wait for theirs", async () => {
    const server = await startSlowServer();
    const [first, second] = [await openConnection(server.url), await openConnection(server.url)];
    first.write(toRequest("a"));
    second.write(toRequest("b"));
    await Promise.all([server.reached("a"), server.reached("b")]);
    const stopped = server.stop();
    await waitUntilRefused(server.url);
    server.release("a");
    await first.closed;
    expect(first.received()).toContain(longText);
    server.release("b");
    await second.closed;
    expect(second.received()).toContain(longText);
    await stopped;
  });

  test.each([
    ["has its answer", "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n", /^HTTP\/1\.1 200 .*live/s],
    ["never sent anything", "", /^$/],
  ])("closes a connection soon that %s, while others wait for their answer", async (_what, request, expected) => {
    const server = await startSlowServer();
    const idle = await openConnection(server.url);
    idle.write(request);
    await vi.waitFor(() => expect(idle.received()).toMatch(expected));
    const answer = server.query(toQuery("a"));
    await server.reached("a");
    const stopped = server.stop();
    await idle.closed;
    server.release("a");
    expect((await answer).status).toBe(200);
    await stopped;
  });

  test("answers a query that comes on an idle connection once new ones are refused, and closes that", async () => {
    const server = await startSlowServer();
    server.release("late");
    const idle = await openIdleConnection(server.url);
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const stopped = server.stop();
    while (await isListening(server.url));
    idle.write(toRequest("late"));
    await idle.closed;
    expect(idle.received()).toContain(longText);
    await stopped;
  });

  test("answers a query on a connection that its client opens at the same moment", async () => {
    const server = await startSlowServer();
    server.release("late");
    const opening = openConnection(server.url);
    const stopped = server.stop();
    const connection = await opening;
    connection.write(toRequest("late"));
    await connection.closed;
    expect(connection.received()).toContain(longText);
    await stopped;
  });

  test.each([
    [
      "a readiness check that was on its way with 503",
      "503",
      "GET /health/ready HTTP/1.1\r\n",
      "Host: localhost\r\n\r\n",
    ],
    ["a query that was on its way", "200", toRequest("late").slice(0, 40), toRequest("late").slice(40)],
  ])("answers %s", async (_what, status, begin, end) => {
    const server = await startSlowServer();
    server.release("late");
    const connection = await openConnection(server.url);
    // In one piece with a whole request before it: when that is answered, the beginning has arrived too.
    connection.write(`GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n${begin}`);
    await vi.waitFor(() => expect(connection.received()).toMatch(/^HTTP\/1\.1 200 .*live/s));
    const answer = server.query(toQuery("a"));
    await server.reached("a");
    const idle = await openIdleConnection(server.url);
    const stopped = server.stop();
    await idle.closed;
    connection.write(end);
    await connection.closed;
    const statuses = [...connection.received().matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);
    expect(statuses).toEqual(["200", status]);
    server.release("a");
    expect((await answer).status).toBe(200);
    await stopped;
  });

  test("twice is the same as once", async () => {
    const server = await startSlowServer();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    await waitUntilRefused(server.url);
  });
});
