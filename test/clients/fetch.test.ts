import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { type Answer, readAnswer, startServer, type TestServer } from "../support/server.ts";

const publicQuery = "{ publicMessage { message } }";
const privateQuery = "{ privateMessage { message } }";
const adminQuery = "{ adminMessage { message } }";
const mixedQuery = "{ publicMessage { message } boss: adminMessage { message } }";

const publicText = "The API doesn't require an access token to share this message.";
const privateText = "The API successfully validated your access token.";
const adminText = "The API successfully recognized you as an admin.";
const resourceMetadata = "http://api.example.com/.well-known/oauth-protected-resource";

let provider: TestProvider;
let server: TestServer;
let tokens: Readonly<Record<"member" | "admin", string>>;
beforeAll(async () => {
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer });
  const [member, admin] = await Promise.all([
    provider.getToken("member"),
    provider.getToken("admin", { scope: "read:admin-messages" }),
  ]);
  tokens = { member, admin };
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

interface Sent {
  readonly query: string;
  readonly token?: string | undefined;
  readonly accept: string;
}

async function post({ query, token, accept }: Sent): Promise<Answer> {
  const headers = { "content-type": "application/json", accept, ...(token && { authorization: `Bearer ${token}` }) };
  const body = JSON.stringify({ query });
  return readAnswer(await fetch(`${server.url}/graphql`, { method: "POST", headers, body }));
}

/** GET, with the header that no web page can make a browser send without asking first. */
async function get({ query, token, accept }: Sent): Promise<Answer> {
  const headers = { "apollo-require-preflight": "true", accept, ...(token && { authorization: `Bearer ${token}` }) };
  return readAnswer(await fetch(`${server.url}/graphql?${new URLSearchParams({ query })}`, { headers }));
}

const ways = (["application/json", "application/graphql-response+json"] as const).flatMap((accept) => [
  { method: "POST", accept, send: post },
  { method: "GET", accept, send: get },
]);

describe.each(ways)("fetch with $method that accepts $accept", ({ accept, send }) => {
  const ask = async (query: string, token?: string): Promise<Answer> => {
    const answer = await send({ query, token, accept });
    expect(answer.headers.get("content-type")).toBe(`${accept}; charset=utf-8`);
    return answer;
  };

  test("reads the public message without a token", async () => {
    const { status, body } = await ask(publicQuery);
    expect(status).toBe(200);
    expect(body).toEqual({ data: { publicMessage: { message: publicText } } });
  });

  test("reads the private message with a token", async () => {
    const { status, body } = await ask(privateQuery, tokens.member);
    expect(status).toBe(200);
    expect(body).toEqual({ data: { privateMessage: { message: privateText } } });
  });

  test("reads the admin message with a token that grants its scope", async () => {
    const { status, body } = await ask(adminQuery, tokens.admin);
    expect(status).toBe(200);
    expect(body).toEqual({ data: { adminMessage: { message: adminText } } });
  });

  test("gets status 401, a challenge without an error, and the reason, when it sends no token", async () => {
    const { status, headers, body } = await ask(privateQuery);
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe(`Bearer realm="graphql", resource_metadata="${resourceMetadata}"`);
    expect(body).toEqual({
      errors: [
        {
          message: expect.stringContaining("Authorization: Bearer"),
          path: ["privateMessage"],
          locations: [{ line: 1, column: 3 }],
          extensions: { code: "UNAUTHENTICATED", reason: "authorization_header_missing" },
        },
      ],
    });
  });

  test("gets status 403, a challenge that names the scope, and requiredScopes, when its token lacks a scope", async () => {
    const { status, headers, body } = await ask(adminQuery, tokens.member);
    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toBe(
      `Bearer realm="graphql", error="insufficient_scope", scope="read:admin-messages", resource_metadata="${resourceMetadata}"`,
    );
    expect(body).toEqual({
      errors: [
        {
          message: expect.stringContaining("scope"),
          path: ["adminMessage"],
          locations: [{ line: 1, column: 3 }],
          extensions: {
            code: "FORBIDDEN",
            reason: "insufficient_scope",
            requiredScopes: [["read:admin-messages"]],
          },
        },
      ],
    });
  });

  test("gets status 200, what is granted, and an error at the alias of what is not", async () => {
    const { status, headers, body } = await ask(mixedQuery, tokens.member);
    expect(status).toBe(200);
    expect(headers.get("www-authenticate")).toBeNull();
    expect(body.data).toEqual({ publicMessage: { message: publicText }, boss: null });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({ path: ["boss"], extensions: { code: "FORBIDDEN" } });
  });
});

test("the path of a field that is refused before execution is its alias too", async () => {
  const { status, body } = await post({ query: "{ mine: privateMessage { message } }", accept: "application/json" });
  expect(status).toBe(401);
  expect(body.errors[0].path).toEqual(["mine"]);
});

test("a GET without the header against cross-site requests is refused and answers nothing", async () => {
  const url = `${server.url}/graphql?${new URLSearchParams({ query: publicQuery })}`;
  const { status, body } = await readAnswer(await fetch(url));
  expect(status).toBe(400);
  expect(body).not.toHaveProperty("data");
  expect(body.errors[0].message).toContain("apollo-require-preflight");
});
