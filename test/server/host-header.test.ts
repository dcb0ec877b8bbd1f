import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { type Answer, readAnswer, startServer, startServerForTest, type TestServer } from "../support/server.ts";
import { expectRefusal } from "./expect-refusal.ts";

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

/** Sends a request as it is: neither fetch nor node:http lets a Host header through that is not one. */
function sendRaw(lines: readonly string[], body = "", { url } = server): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("data", (chunk) => chunks.push(chunk)).on("error", reject);
    socket.on("close", () => resolve(parseAnswer(Buffer.concat(chunks).toString())));
    socket.write(`${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n${body}`);
  });
}

async function parseAnswer(text: string): Promise<Answer> {
  const [head = "", body = ""] = text.split("\r\n\r\n", 2);
  const [statusLine = "", ...fields] = head.split("\r\n");
  const headers = fields.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  });
  return readAnswer(new Response(body, { status: Number(statusLine.split(" ")[1]), headers }));
}

const query = "{ publicMessage { message } }";
const body = JSON.stringify({ query });
const post = (version: string): string[] => [
  `POST /graphql HTTP/${version}`,
  "Content-Type: application/json",
  `Content-Length: ${body.length}`,
];
const get = [`GET /graphql?${new URLSearchParams({ query })} HTTP/1.1`, "Apollo-Require-Preflight: true"];

describe.each(["", "a b", "[", "<script>alert(1)</script>", "%%%", "a^b"])("a Host header '%s'", (host) => {
  test("has a POST refused with status 400", async () => {
    expectRefusal(await sendRaw([...post("1.1"), `Host: ${host}`], body), 400);
  });

  test("has a GET refused with status 400", async () => {
    expectRefusal(await sendRaw([...get, `Host: ${host}`]), 400);
  });

  test("does not keep the health routes from answering", async () => {
    expect((await sendRaw(["GET /health/ready HTTP/1.1", `Host: ${host}`])).status).toBe(200);
  });
});

test.each(["a b", "javascript", ""])("a scheme '%s' from a proxy is no failure of the server", async (scheme) => {
  const proxied = await startServerForTest({ issuer: provider.issuer, env: { TRUSTED_PROXIES: "127.0.0.1" } });
  const toLines = (proto: string) => [...post("1.1"), "Host: api.example.com", `X-Forwarded-Proto: ${proto}`];
  // What was good with another scheme says nothing about this one.
  expect((await sendRaw(toLines("https"), body, proxied)).status).toBe(200);
  const { status } = await sendRaw(toLines(scheme), body, proxied);
  expect(status).toBe(scheme === "" ? 200 : 400);
  expect(proxied.logs.filter((line) => line.includes('"level":50'))).toEqual([]);
});

test("any Host header that is one is answered", async () => {
  for (const host of ["api.example.com", "127.0.0.1:80", "[::1]:4000"]) {
    expect((await sendRaw([...post("1.1"), `Host: ${host}`], body)).status).toBe(200);
  }
});

test("a Host header names nothing: metadata and challenge have the public URL", async () => {
  const host = "Host: evil.example.com";
  const metadata = await sendRaw(["GET /.well-known/oauth-protected-resource HTTP/1.1", host]);
  expect(metadata.body.resource).toBe("http://api.example.com");
  const search = new URLSearchParams({ query: "{ privateMessage { message } }" });
  const refused = await sendRaw([`GET /graphql?${search} HTTP/1.1`, "Apollo-Require-Preflight: true", host]);
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toContain(
    'resource_metadata="http://api.example.com/.well-known/oauth-protected-resource"',
  );
  expect(JSON.stringify([metadata, ...metadata.headers, refused, ...refused.headers])).not.toContain("evil");
});

test("no Host header, as HTTP/1.0 allows, is no failure of the server", async () => {
  const { status } = await sendRaw(post("1.0"), body);
  expect(status).toBe(200);
});
