import { once } from "node:events";
import { connect, type Socket } from "node:net";

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One connection that is kept, on which a request is sent when the one before is answered. */
export interface Connection {
  readonly send: (request: string) => Promise<Answer>;
  readonly close: () => void;
}

/** Writes a request down once, so that sending it a thousand times costs little. */
export function toRequest(query: string, token: string | undefined): string {
  const body = JSON.stringify({ query });
  const lines = [
    "POST /graphql HTTP/1.1",
    "host: 127.0.0.1",
    "content-type: application/json",
    "accept: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/**
 * Opens connections to a port of 127.0.0.1, again where the server has closed one.
 * Of HTTP it knows what these servers answer with, and so takes less of the machine than any client could that knows
 * all of it: what the load generator takes, the server has not.
 */
export function createConnection(port: number, nowMs: () => number = () => performance.now()): Connection {
  let socket: Socket | undefined;
  let isClosed = false;
  let answeredAtMs = 0;

  async function open(): Promise<Socket> {
    const opened = connect({ host: "127.0.0.1", port, noDelay: true }).setEncoding("latin1");
    await once(opened, "connect");
    // While it waits nobody else listens, and the server may reset it.
    return opened.on("error", () => undefined);
  }

  return {
    send: async (request) => {
      const wasIdle = socket?.writable === true && nowMs() - answeredAtMs > idleMs;
      socket = socket?.writable ? socket : await open();
      let answer = await ask(socket, request);
      // A server closes connections that are idle for long, perhaps just now: a query can be sent again.
      if (answer === undefined && wasIdle && !isClosed) {
        socket = await open();
        answer = await ask(socket, request);
      }
      if (answer === undefined) throw new Error("The server has closed the connection.");
      answeredAtMs = nowMs();
      return answer;
    },
    close: () => {
      isClosed = true;
      socket?.destroy();
    },
  };
}

/** For how long a connection has to wait to count as idle. */
const idleMs = 1000;

/** Undefined when the connection ends before anything has come; rejects when it ends in the middle of an answer. */
function ask(socket: Socket, request: string): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const parts: string[] = [];
    let received = 0;
    let expected: number | undefined;
    const finish = (end: () => void): void => {
      socket.off("data", onData).off("error", onEnd).off("close", onEnd);
      end();
    };
    const onEnd = (): void =>
      finish(() => {
        if (received === 0) resolve(undefined);
        else reject(new Error("The server has closed the connection in the middle of an answer."));
      });
    const onData = (part: string): void => {
      parts.push(part);
      received += part.length;
      expected ??= findLength(parts[0] ?? "");
      // In chunks the end is seen by its last one.
      if (expected === undefined ? !part.endsWith("0\r\n\r\n") : received < expected) return;
      finish(() => resolve(toAnswer(parts.join(""))));
    };
    socket.on("data", onData).on("error", onEnd).on("close", onEnd);
    socket.write(request);
  });
}

/** How long head and body are together, in bytes; undefined when the head does not say. */
function findLength(first: string): number | undefined {
  const headEnd = first.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(first)?.[1];
  return headEnd < 0 || length === undefined ? undefined : headEnd + 4 + Number(length);
}

/** Here each character is a byte of the answer, whose texts have no others. */
function toAnswer(text: string): Answer {
  const headEnd = text.indexOf("\r\n\r\n") + 4;
  const body = text.slice(headEnd);
  const isChunked = /\r\ntransfer-encoding: *chunked\r\n/i.test(text.slice(0, headEnd));
  return { status: Number(text.slice(9, 12)), body: isChunked ? joinChunks(body) : body };
}

function joinChunks(body: string): string {
  const parts: string[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (!(size > 0)) return parts.join("");
    parts.push(body.slice(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
