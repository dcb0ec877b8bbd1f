import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { sendRaw } from "../support/raw-request.ts";
import { startServerForTest, type TestServer } from "../support/server.ts";
import { expectRefusal } from "./expect-refusal.ts";

const start = (env: Record<string, string>): Promise<TestServer> =>
  startServerForTest({ issuer: "http://127.0.0.1:1", env });

/** Sends the beginning of a request, and no more; resolves to what came back until the connection was closed. */
async function sendBeginning({ url }: TestServer, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk)).write(text);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

// Node would look for what is overdue every 30 seconds only.
const patience = { timeout: 25_000 };

test.each([
  ["headers", { LIMIT_HEADERS_MS: "100" }, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Slow: "],
  ["first byte", { LIMIT_HEADERS_MS: "100" }, ""],
  [
    "body",
    { LIMIT_HEADERS_MS: "100", LIMIT_REQUEST_MS: "200" },
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"query":',
  ],
])(
  "a request whose %s is not there in time is answered with 408, and its connection closed",
  patience,
  async (_what, env, text) => {
    const [head = "", body = ""] = (await sendBeginning(await start(env), text)).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(body)).toEqual({
      errors: [{ message: expect.stringMatching(/took too long to arrive/), extensions: { code: "BAD_REQUEST" } }],
    });
  },
);

test.each([
  ["300", "larger than 300 bytes"],
  ["2048", "larger than 2 KiB"],
])("a body over LIMIT_BODY_BYTES=%s is refused with 413, and told that limit", async (limit, words) => {
  const server = await start({ LIMIT_BODY_BYTES: limit });
  const body = '{"query":"{ publicMessage { message } }"}';
  const send = (bytes: number) => sendRaw({ url: server.url, lines: [], body: body.padEnd(bytes) });
  expect((await send(Number(limit))).status).toBe(200);
  const answer = await send(Number(limit) + 1);
  expectRefusal(answer, 413, new RegExp(words));
});

test("a body that does not tell its length is refused as soon as it is too long", async () => {
  const server = await start({ LIMIT_BODY_BYTES: "300" });
  const chunk = `100\r\n${" ".repeat(256)}\r\n`;
  const head =
    "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked";
  expect(await sendBeginning(server, `${head}\r\nConnection: close\r\n\r\n${chunk}${chunk}`)).toMatch(
    /^HTTP\/1\.1 413 .*300 bytes/s,
  );
});
