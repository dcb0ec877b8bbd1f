import axios, { AxiosError } from "axios";
import type { FastifyRequest } from "fastify";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createApp } from "../../src/server/app.ts";
import { redact } from "../../src/server/redaction.ts";
import { createSchema } from "../../src/server/schema.ts";
import { createDpopClient } from "../support/dpop.ts";
import { sendRaw } from "../support/raw-request.ts";
import { findRequestLines, patience, withoutCallers } from "../support/request-lines.ts";
import { respondWith } from "../support/scripted-provider.ts";
import { listSecrets } from "../support/secrets.ts";
import { clientSecret, introspectionEnv, providerWords, type Stage, startStage } from "../support/stage.ts";

const body = JSON.stringify({ query: "{ privateMessage { message } }" });
const basic = Buffer.from(`client-id-mark:${clientSecret}`).toString("base64");
const publicWords = ["Bearer", "Authorization", "application/json", "at+jwt", "dpop+jwt", "POST"];

/** Sends every kind of request, and expects one line of each and nothing of what it held, at the most talkative level. */
async function expectSilence(stage: Stage, requests: readonly (readonly string[])[], body: string): Promise<void> {
  for (const lines of requests) await sendRaw({ url: stage.server.url, lines, body });
  await vi.waitFor(() => expect(findRequestLines(stage.server.logs)).toHaveLength(requests.length), patience);
  const told = withoutCallers(stage.server.logs).join("\n");
  const known = [stage.provider.issuer, ...publicWords];
  const sent = listSecrets(requests.flat(), (text) => known.some((word) => word.includes(text)));
  const secrets = [...sent, "-mark", basic, clientSecret, providerWords, "privateMessage { message }"];
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
}

const trace = { LOG_LEVEL: "trace" };

describe("at level trace no line has anything of", () => {
  test("a signed token, good or bad, a proof, a cookie, or a request that is broken", async () => {
    const stage = await startStage({ env: { ...trace, AUTH_DPOP: "allowed" } });
    const client = await createDpopClient();
    const bound = stage.sign({ cnf: { jkt: client.thumbprint } });
    const token = stage.sign({ email: "email-mark", scope: "scope-mark" });
    await expectSilence(
      stage,
      [
        [],
        [`Authorization: Bearer ${token}`, "Cookie: session=cookie-mark-of-a-session"],
        [`Authorization: Bearer ${stage.sign({ aud: "audience-mark" })}`],
        [`Authorization: Bearer ${token}x`],
        [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`],
        ["Authorization: Basic bmFtZTpwYXNzd29yZC1tYXJr"],
        [`Authorization: DPoP ${bound}`, `DPoP: ${await client.prove(bound)}`],
        [`Authorization: DPoP ${bound}`, "DPoP: a-proof-that-is-none"],
        [`Authorization: Bearer ${token}`, "Host: not a host at all"],
      ],
      body,
    );
    await stage.stop();
  });

  test("an opaque token, the client's secret, or a provider that fails", async () => {
    const stage = await startStage({ env: { ...trace, ...introspectionEnv } });
    const active = { active: true, sub: "subject-mark", aud: "https://api.example.com", exp: stage.nowS + 60 };
    const scripts = [
      active,
      respondWith(500, providerWords),
      respondWith(401, { error: providerWords }),
      { active: 1 },
    ];
    const requests = scripts.map((_, i) => [`Authorization: Bearer opaque-token-number-${i}`]);
    for (const [i, script] of scripts.entries()) {
      stage.provider.answers.set("/introspect", script);
      await sendRaw({ url: stage.server.url, lines: requests[i] ?? [], body });
    }
    stage.provider.answers.set("/introspect", (response) => void response.destroy());
    await sendRaw({ url: stage.server.url, lines: ["Authorization: Bearer opaque-token-cut-off"], body });
    await vi.waitFor(() => expect(findRequestLines(stage.server.logs)).toHaveLength(scripts.length + 1), patience);
    const told = withoutCallers(stage.server.logs).join("\n");
    expect([basic, clientSecret, "-mark", "opaque-token"].filter((secret) => told.includes(secret))).toEqual([]);
    await stage.stop();
  });

  test("the token in an error of axios that a resolver throws", async () => {
    const callDownstream = (): Promise<unknown> =>
      axios.post("http://127.0.0.1:1/", "client_secret=form-mark", {
        headers: { Authorization: "Bearer downstream-token-mark" },
      });
    await expect(callDownstream()).rejects.toBeInstanceOf(AxiosError);
    const typeDefs = "type Query { call: Int }";
    const stage = await startStage({ env: trace, typeDefs, resolvers: { Query: { call: callDownstream } } });
    await expectSilence(stage, [[]], JSON.stringify({ query: "{ call }" }));
    expect(stage.server.logs.join("")).toContain("ECONNREFUSED");
    await stage.stop();
  });
});

describe("a careless line says nothing of", () => {
  const lines: string[] = [];
  const secret = "secret-mark";
  let log: FastifyRequest["log"];
  let close: () => Promise<void>;
  beforeAll(async () => {
    const stage = await startStage();
    const config = readConfig({ LOG_LEVEL: "trace", AUTH_ISSUER: stage.provider.issuer, AUTH_AUDIENCE: "a" });
    const app = await createApp({ config, schema: createSchema(), logStream: { write: (line) => lines.push(line) } });
    log = app.fastify.log;
    close = async () => {
      await app.fastify.close();
      await stage.stop();
    };
  });
  afterAll(() => close());

  const headers = { authorization: `Bearer ${secret}`, cookie: `session=${secret}`, dpop: secret, "x-note": secret };
  const raw = { method: "GET", url: `/graphql?token=${secret}`, headers, rawHeaders: ["Authorization", secret] };
  const failed = new AxiosError("It failed.", "ERR_BAD_REQUEST", { headers, data: `token=${secret}` } as never);
  const principal = { subject: secret, claims: { email: secret } };

  test.each<[string, object]>([
    ["a request's headers and query string", { req: raw }],
    ["a request under its full name", { request: raw }],
    ["headers", { headers }],
    ["raw headers", { rawHeaders: raw.rawHeaders }],
    ["an error of axios", { err: failed }],
    ["an error of axios that is logged by itself", failed],
    ["an error of axios under another name", { failure: failed }],
    ["a caller", { authentication: { kind: "authenticated", principal } }],
    ["a principal", { principal }],
    ["claims", { claims: principal.claims }],
    ["a context", { contextValue: { authentication: { principal } } }],
    ["credentials deep inside", { a: { b: { c: { Authorization: secret, "set-cookie": [secret] } } } }],
    ["a token answer", { answer: { access_token: secret, refresh_token: secret, id_token: secret } }],
    ["a form", { data: `grant_type=x&client_secret=${secret}&token=${secret}` }],
    ["JSON in a text", { text: JSON.stringify({ token: secret, password: secret }) }],
    ["raw headers under another name", { list: ["Authorization", secret, "Cookie", secret] }],
  ])("%s", (_what, object) => {
    lines.splice(0);
    log.info(object, "careless");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: 30, msg: "careless" });
    expect(lines[0]).not.toContain(secret);
  });
});

describe("redact", () => {
  test.each([
    ["Bearer abcdefghijklmnop0123", "Bearer [redacted]"],
    ["sent DPoP eyJhbGciOiJub25lIn0.e30.c2ln to it", "sent DPoP [redacted] to it"],
    ["the token eyJhbGciOiJub25lIn0.e30. is bad", "the token [redacted] is bad"],
    ['{"token":"a \\" quote","x":"y"}', '{"token":"[redacted]","x":"y"}'],
    ["?access_token=abc&x=1", "?access_token=[redacted]&x=1"],
    ['{"accessToken":"abc","apiKey":"def"}', '{"accessToken":"[redacted]","apiKey":"[redacted]"}'],
    ['{"idToken":{"value":"abc"},"x":"y"}', '{"idToken":"[redacted]","x":"y"}'],
    ['{"cookie":["sid=a]b","y"],"x":"y"}', '{"cookie":"[redacted]","x":"y"}'],
    ['{"token":[["a"],["b"]],"x":"y"}', '{"token":"[redacted]","x":"y"}'],
    ["refreshToken=abc x", "refreshToken=[redacted] x"],
  ])("makes of %j %j", (line, expected) => {
    expect(redact(line)).toBe(expected);
  });

  test.each([
    "Used DPoP proofs cannot be remembered: no DPoP token is accepted.",
    "The provider cannot be asked about tokens: status 500.",
    '{"coordinate":"Query.token","reason":"invalid_token","hash":"70e5c581436a408c"}',
  ])("leaves %j as it is", (line) => {
    expect(redact(line)).toBe(line);
  });
});

// Each stands alone in its line: nothing else in it says that there is a secret.
test.each(
  [
    ...["access_token", "idToken", "client_secret", "secret", "client_assertion", "password", "api_key", "apiKey"],
    ...["Authorization", "proxy-authorization", "Cookie", "set-cookie", "DPoP"],
  ].map((name) => `{"${name}":"value-mark"}`),
)("a line with nothing but %s is without it", (line) => {
  expect(redact(line)).not.toContain("value-mark");
});

test.each(["Bearer", "DPoP", "Basic"])("a line with nothing but %s credentials is without them", (scheme) => {
  expect(redact(`{"msg":"${scheme} AAAAAAAAAAAAAAAAAAAA"}`)).not.toContain("AAAA");
});

test("a line with nothing but a JWT is without it", () => {
  expect(redact('{"msg":"eyJhbGciOiJub25lIn0.e30.c2ln"}')).toBe('{"msg":"[redacted]"}');
});
