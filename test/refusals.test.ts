import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestClock, type TestClock } from "./support/clock.ts";
import { createSigningKey, signToken, startProvider, type TestProvider } from "./support/provider.ts";
import { respondWith, type ScriptedProvider, startScriptedProvider } from "./support/scripted-provider.ts";
import { type Answer, startServer, type TestServer } from "./support/server.ts";

const metadata = 'resource_metadata="http://api.example.com/.well-known/oauth-protected-resource"';
const realm = 'realm="graphql"';
const reject = (error: string, scope = ""): string => `Bearer ${realm}, error="${error}", ${scope}${metadata}`;

let provider: TestProvider;
let outage: ScriptedProvider;
let server: TestServer;
let introspecting: TestServer;
let cut: TestServer;
const clock: TestClock = createTestClock();

beforeAll(async () => {
  provider = await startProvider();
  outage = await startScriptedProvider();
  outage.answers.set("/.well-known/openid-configuration", respondWith(500));
  const LOG_LEVEL = "trace";
  server = await startServer({ issuer: provider.issuer, clock, env: { LOG_LEVEL } });
  const env = {
    LOG_LEVEL,
    AUTH_METHOD: "introspection",
    AUTH_CLIENT_ID: "api",
    AUTH_CLIENT_SECRET: "a secret/with:odd+characters%",
  };
  introspecting = await startServer({ issuer: provider.issuer, clock, env });
  cut = await startServer({ issuer: outage.issuer, env: { LOG_LEVEL } });
});
afterAll(async () => {
  await Promise.all([server, introspecting, cut, provider, outage].map(({ stop }) => stop()));
});

/** A row of the table: what is sent, and what must come of it. */
interface Row {
  readonly title: string;
  readonly field?: string;
  readonly send: () => Promise<{ readonly authorization?: string; readonly at?: TestServer }>;
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly requiredScopes?: string[][];
  readonly challenge: string | null;
}

const bearer = async (token: Promise<string>): Promise<{ authorization: string }> => ({
  authorization: `Bearer ${await token}`,
});
const unauthenticated = { status: 401, code: "UNAUTHENTICATED" };
const malformed = { ...unauthenticated, reason: "invalid_header", challenge: reject("invalid_request") };
const past = Math.floor(Date.now() / 1000) - 60;

const rows: readonly Row[] = [
  {
    ...unauthenticated,
    title: "no token",
    send: async () => ({}),
    reason: "authorization_header_missing",
    challenge: `Bearer ${realm}, ${metadata}`,
  },
  { ...malformed, title: "a header without a token", send: async () => ({ authorization: "Bearer" }) },
  { ...malformed, title: "a header with two words", send: async () => ({ authorization: "Bearer a b" }) },
  { ...malformed, title: "a token that is too long", send: () => bearer(Promise.resolve("a".repeat(8193))) },
  {
    ...unauthenticated,
    title: "an expired token",
    send: () => bearer(provider.sign({ exp: past })),
    reason: "token_expired",
    challenge: reject("invalid_token"),
  },
  ...[
    { title: "another issuer", claims: { iss: "https://other.example.com/" } },
    { title: "the issuer with a slash", claims: { iss: "slash" } },
    { title: "another audience", claims: { aud: ["https://other.example.com"] } },
    { title: "no expiry", claims: { exp: undefined } },
    { title: "a token of the future", claims: { nbf: past + 3600 } },
    { title: "an expired token for somebody else", claims: { exp: past, aud: "https://other.example.com" } },
  ].map(({ title, claims }) => ({
    ...unauthenticated,
    title,
    send: () => bearer(provider.sign(claims.iss === "slash" ? { iss: `${provider.issuer}/` } : claims)),
    reason: "invalid_claims",
    challenge: reject("invalid_token"),
  })),
  ...[
    { title: "garbage", token: async () => "garbage" },
    { title: "an unknown key", token: async () => signToken(await createSigningKey(), { iss: provider.issuer }) },
    { title: "a token for another use", token: () => provider.sign({}, { typ: "logout+jwt" }) },
    { title: "an ID token", token: () => provider.sign({ nonce: "n" }) },
    { title: "a sender-constrained token", token: () => provider.sign({ cnf: { jkt: "x" } }) },
    { title: "a changed token", token: async () => `${(await provider.sign()).slice(0, -8)}AAAAAAAA` },
  ].map(({ title, token }) => ({
    ...unauthenticated,
    title,
    send: () => bearer(token()),
    reason: "invalid_token",
    challenge: reject("invalid_token"),
  })),
  {
    ...unauthenticated,
    title: "a token that the provider does not know",
    send: async () => ({ authorization: "Bearer unknown", at: introspecting }),
    reason: "token_inactive",
    challenge: reject("invalid_token"),
  },
  {
    ...unauthenticated,
    title: "a token that the provider does not take",
    send: async () => ({ ...(await bearer(provider.sign())), at: introspecting }),
    reason: "invalid_token",
    challenge: reject("invalid_token"),
  },
  {
    title: "a token without the scope",
    field: "adminMessage",
    send: () => bearer(provider.getToken("member")),
    status: 403,
    code: "FORBIDDEN",
    reason: "insufficient_scope",
    requiredScopes: [["read:admin-messages"]],
    challenge: reject("insufficient_scope", 'scope="read:admin-messages", '),
  },
  {
    title: "a provider that cannot be asked",
    send: async () => ({ ...(await bearer(provider.sign({ iss: outage.issuer }))), at: cut }),
    status: 503,
    code: "SERVICE_UNAVAILABLE",
    reason: "provider_unavailable",
    challenge: null,
  },
];

async function ask(query: string, { send }: Pick<Row, "send">): Promise<Answer> {
  const { authorization, at = server } = await send();
  return at.query(query, { headers: authorization === undefined ? {} : { authorization } });
}

describe.each(rows)("$title", ({ field = "privateMessage", status, code, reason, requiredScopes, challenge, send }) => {
  const extensions = { code, reason, ...(requiredScopes && { requiredScopes }) };

  test("is refused with its status, challenge, code and reason, and no data", async () => {
    const answer = await ask(`{ it: ${field} { message } __typename }`, { send });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("www-authenticate")).toBe(challenge);
    expect(answer.headers.get("retry-after")).toBe(status === 503 ? "5" : null);
    expect(answer.body).toEqual({
      errors: [{ message: expect.any(String), locations: [{ line: 1, column: 3 }], path: ["it"], extensions }],
    });
  });

  test("leaves public fields readable, with one error for the refused one", async () => {
    const answer = await ask(`{ publicMessage { message } it: ${field} { message } }`, { send });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("www-authenticate")).toBeNull();
    expect(answer.body.data).toEqual({ publicMessage: { message: expect.any(String) }, it: null });
    expect(answer.body.errors).toEqual([expect.objectContaining({ path: ["it"], extensions })]);
  });
});

test("a repeated header is refused as malformed, although Node shows the first one only", async () => {
  const token = await provider.getToken("member");
  const body = JSON.stringify({ query: "{ privateMessage { message } }" });
  const repeated = ["Authorization", `Bearer ${token}`, "Authorization", `Bearer ${token}`];
  const headers = [
    "Host",
    "localhost",
    "Content-Type",
    "application/json",
    "Content-Length",
    String(body.length),
    ...repeated,
  ];
  const answer = await new Promise<[number | undefined, string | undefined]>((resolve, fail) => {
    const sent = request(`${server.url}/graphql`, { method: "POST", headers }, (response) => {
      response.resume().on("end", () => resolve([response.statusCode, response.headers["www-authenticate"]]));
    });
    sent.on("error", fail).end(body);
  });
  expect(answer).toEqual([401, reject("invalid_request")]);
});

test("a token is good again for nobody once its time has passed", async () => {
  const token = await provider.getToken("member");
  const query = "{ privateMessage { message } }";
  expect((await server.query(query, { token })).status).toBe(200);
  clock.advance(2 * 3600_000);
  expect((await server.query(query, { token })).body.errors[0].extensions.reason).toBe("token_expired");
});

test("nothing of a token is in any log line", async () => {
  const token = await provider.sign({ exp: past });
  const asked = [server, introspecting, cut].map(({ query }) => query("{ privateMessage { message } }", { token }));
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([401, 401, 401]);
  await cut.query("{ privateMessage { message } }", { token: await provider.sign({ iss: outage.issuer }) });
  const parts = token.split(".");
  const lines = [...server.logs, ...introspecting.logs, ...cut.logs].join("\n");
  expect(parts.filter((part) => lines.includes(part))).toEqual([]);
});
