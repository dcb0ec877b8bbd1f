import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createApp } from "../../src/server/app.ts";
import type { IdeTokens } from "../../src/server/ide-tokens.ts";
import { createSchema } from "../../src/server/schema.ts";
import { startServer, startServerForTest, type TestServer, toAnswer } from "../support/server.ts";

const issuer = "http://127.0.0.1:9";
const ideTokens: IdeTokens = {
  callers: [{ name: "member", scopes: [] }],
  getToken: async (name) => `token-of-${name}`,
};

let server: TestServer;
let host: string;
beforeAll(async () => {
  server = await startServer({ issuer, ideTokens });
  host = new URL(server.url).host;
});
afterAll(() => server.stop());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Sends what a browser would for a page of the IDE, with other headers over it; an empty one is not sent. */
function ask(
  url: string,
  { method = "POST", path = "/ide/token", headers, body }: Sent = {},
): Promise<ReturnType<typeof toAnswer>> {
  const own = { "content-type": "application/json", origin: url, "sec-fetch-site": "same-origin", ...headers };
  return new Promise((resolve, reject) => {
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== ""));
    const sent = request(`${url}${path}`, { method, headers: given }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const fields = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]);
        resolve(toAnswer(response.statusCode ?? 0, new Headers(fields), text));
      });
    });
    sent.on("error", reject).end(method === "POST" ? JSON.stringify(body ?? { caller: "member" }) : undefined);
  });
}

test("the IDE's page gets a token of a caller of the local provider, which nobody may store", async () => {
  const { status, body, headers } = await ask(server.url);
  expect([status, body]).toEqual([200, { access_token: "token-of-member" }]);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(server.logs.join("")).not.toContain("token-of-member");
});

test("a browser that tells only the origin gets one too, by any name of this machine", async () => {
  for (const name of ["127.0.0.1", "localhost"]) {
    const headers = { ...rename(name), "sec-fetch-site": "" };
    expect((await ask(server.url, { headers })).status).toBe(200);
  }
});

describe.each<[string, () => Readonly<Record<string, string>>]>([
  ["another site's page", () => ({ origin: "https://evil.example.com", "sec-fetch-site": "cross-site" })],
  ["another site's page, in a browser that says only so much", () => ({ origin: "https://evil.example.com" })],
  ["another port's page", () => ({ origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" })],
  ["a page without an origin", () => ({ origin: "null" })],
  ["a request that is said to be of another site", () => ({ "sec-fetch-site": "cross-site" })],
  ["a page that has its own name resolve to this machine", () => rename("evil.example.com")],
  ["such a page whose name begins like ours", () => rename("127.0.0.1.example.com")],
  ["such a page whose name ends like ours", () => rename("evil-localhost")],
  ["nobody's page", () => ({ origin: "" })],
])("%s", (_who, headers) => {
  test("gets no token", async () => {
    const { status, body, text } = await ask(server.url, { headers: headers() });
    expect([status, body.errors[0].extensions.code]).toEqual([403, "BAD_REQUEST"]);
    expect(text).not.toContain("token-of");
  });
});

/** What the browser of such a page sends: all of one origin. */
function rename(name: string): Readonly<Record<string, string>> {
  const renamed = `${name}:${host.split(":")[1]}`;
  return { host: renamed, origin: `http://${renamed}` };
}

test("a page at an origin that may read this API's answers gets no token either", async () => {
  const origin = "http://127.0.0.1:1";
  const other = await startServerForTest({ issuer, ideTokens, env: { CLIENT_ORIGIN_URL: origin } });
  expect((await ask(other.url, { headers: { origin, "sec-fetch-site": "same-site" } })).status).toBe(403);
});

test("a browser on another machine gets no token, and is not offered any", async () => {
  const config = readConfig({
    PORT: "0",
    PUBLIC_URL: "http://api.example.com",
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: "a",
  });
  const { fastify } = await createApp({ config, schema: createSchema(), ideTokens, logStream: { write: () => {} } });
  const headers = { host: "127.0.0.1:4000", origin: "http://127.0.0.1:4000", "content-type": "application/json" };
  const from = async (remoteAddress: string): Promise<unknown[]> => {
    const body = JSON.stringify({ caller: "member" });
    const token = await fastify.inject({ method: "POST", url: "/ide/token", headers, remoteAddress, body });
    const page = await fastify.inject({ url: "/", headers: { host: "127.0.0.1:4000" }, remoteAddress });
    return [token.statusCode, page.payload.includes("member")];
  };
  expect(await from("127.0.0.1")).toEqual([200, true]);
  expect(await from("::ffff:127.0.0.1")).toEqual([200, true]);
  expect(await from("192.0.2.7")).toEqual([403, false]);
  expect(await from("::ffff:192.0.2.7")).toEqual([403, false]);
  await fastify.close();
});

test.each([["nobody"], [null], [["member"]], [{ name: "member" }]])("there is no token for %j", async (caller) => {
  expect((await ask(server.url, { body: { caller } })).status).toBe(400);
});

test("no GET gets a token", async () => {
  expect((await ask(server.url, { method: "GET" })).status).toBe(404);
});

test("where no local provider runs there are no tokens, and none are offered", async () => {
  const other = await startServerForTest({ issuer });
  expect((await ask(other.url)).status).toBe(404);
  expect((await ask(other.url, { method: "GET", path: "/" })).text).toContain('"callers":[]');
});

test("in production there are no tokens whatever is configured", async () => {
  const other = await startServerForTest({ issuer, ideTokens, env: { NODE_ENV: "production" } });
  expect((await ask(other.url)).status).toBe(404);
});

test("a provider that gives no token is told of in words, and what it said is kept", async () => {
  const getToken = (): Promise<string> => Promise.reject(new Error("connect ECONNREFUSED"));
  const other = await startServerForTest({ issuer, ideTokens: { ...ideTokens, getToken } });
  const { status, text } = await ask(other.url);
  expect(status).toBe(500);
  expect(text).toContain("The server failed to answer.");
  expect(text).not.toContain("ECONNREFUSED");
});
