import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer, env: { LOG_LEVEL: "trace" } });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

/** Sends bytes as they are; resolves to what came back until the connection was closed. */
async function sendBytes(text: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk)).write(text);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

test.each([
  ["a control character in a header", "X-Note: a\u0001b", 400],
  ["a length that is no number", "Content-Length: abc", 400],
  ["two ways to tell its length", "Content-Length: 1\r\nTransfer-Encoding: chunked", 400],
  ["headers that are too long", `X-Long: ${"x".repeat(40_000)}`, 431],
])(
  "a request with %s is answered in the form of a GraphQL response, and its token is in no log",
  async (_, line, status) => {
    const token = await provider.sign();
    const answer = await sendBytes(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${line}\r\n\r\n`,
    );
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(JSON.parse(body).errors[0].extensions.code).toBe("BAD_REQUEST");
    const logged = server.logs.join("\n");
    // Node's error has the bytes of the request as a list of numbers.
    const asBytes = [...Buffer.from(token.slice(0, 20))].join(",");
    expect([logged.includes(token), logged.includes(asBytes)]).toEqual([false, false]);
  },
);
