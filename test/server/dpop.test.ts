import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dpopAlgorithms } from "../../src/errors.ts";
import { createDpopClient, type DpopClient, graphqlUrl } from "../support/dpop.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { type Answer, readAnswer, startServer, startServerForTest, type TestServer } from "../support/server.ts";

const origin = "https://app.example.com";
const wellKnown = "/.well-known/oauth-protected-resource";
const query = "{ privateMessage { message } }";

let provider: TestProvider;
let client: DpopClient;
let bound: string;
let unbound: string;
let allowed: TestServer;
let required: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  client = await createDpopClient();
  [bound, unbound] = await Promise.all([provider.sign({ cnf: { jkt: client.thumbprint } }), provider.sign()]);
  const env = { CLIENT_ORIGIN_URL: origin, LOG_LEVEL: "trace" };
  allowed = await startServer({ issuer: provider.issuer, env: { ...env, AUTH_DPOP: "allowed" } });
  required = await startServer({ issuer: provider.issuer, env: { ...env, AUTH_DPOP: "required" } });
});
afterAll(() => Promise.all([allowed, required, provider].map(({ stop }) => stop())));

const quoteAll = (...pairs: string[][]): string =>
  [["realm", "graphql"], ...pairs].map(([name, value]) => `${name}="${value}"`).join(", ");
const metadata = ["resource_metadata", `http://api.example.com${wellKnown}`];
const bearer = (...pairs: string[][]): string => `Bearer ${quoteAll(...pairs, metadata)}`;
const dpop = (...pairs: string[][]): string =>
  `DPoP ${quoteAll(...pairs, ["algs", dpopAlgorithms.join(" ")], metadata)}`;

interface Row {
  readonly title: string;
  readonly send: () => Promise<Record<string, string>>;
  readonly field?: string;
  readonly reason: string;
  readonly challenge: { readonly allowed: string; readonly required: string };
}

const withProof = async (token: string, proof = client.prove(token)): Promise<Record<string, string>> => ({
  authorization: `DPoP ${token}`,
  dpop: await proof,
});
const inBoth = (...pairs: string[][]): Row["challenge"] => ({
  allowed: `${bearer()}, ${dpop(...pairs)}`,
  required: dpop(...pairs),
});
const invalidToken = ["error", "invalid_token"];
const rows: readonly Row[] = [
  { title: "no token", send: async () => ({}), reason: "authorization_header_missing", challenge: inBoth() },
  {
    title: "a token that is bound to a key, sent as a Bearer token",
    send: async () => ({ ...(await withProof(bound)), authorization: `Bearer ${bound}` }),
    reason: "invalid_token",
    challenge: { allowed: `${bearer(invalidToken)}, ${dpop()}`, required: dpop(invalidToken) },
  },
  {
    title: "a token that is bound to no key, with a proof",
    send: () => withProof(unbound),
    reason: "invalid_token",
    challenge: inBoth(invalidToken),
  },
  {
    title: "no proof",
    send: async () => ({ authorization: `DPoP ${bound}` }),
    reason: "invalid_dpop_proof",
    challenge: inBoth(["error", "invalid_dpop_proof"]),
  },
  {
    title: "two tokens",
    send: async () => ({ ...(await withProof(bound)), authorization: `DPoP ${bound} ${bound}` }),
    reason: "invalid_header",
    challenge: inBoth(["error", "invalid_request"]),
  },
  {
    title: "an expired token",
    send: async () => withProof(await provider.sign({ cnf: { jkt: client.thumbprint }, exp: 1 })),
    reason: "token_expired",
    challenge: inBoth(invalidToken),
  },
  {
    title: "a token without the scope",
    send: () => withProof(bound),
    field: "adminMessage",
    reason: "insufficient_scope",
    challenge: inBoth(["error", "insufficient_scope"], ["scope", "read:admin-messages"]),
  },
];

describe.each(rows)("$title", ({ send, field = "privateMessage", reason, challenge }) => {
  test.each(["allowed", "required"] as const)("is refused with the challenges of mode %s", async (mode) => {
    const server = mode === "allowed" ? allowed : required;
    const answer = await server.query(`{ ${field} { message } }`, { headers: await send() });
    expect(answer.status).toBe(reason === "insufficient_scope" ? 403 : 401);
    expect(answer.headers.get("www-authenticate")).toBe(challenge[mode]);
    expect(answer.body).not.toHaveProperty("data");
    const code = reason === "insufficient_scope" ? "FORBIDDEN" : "UNAUTHENTICATED";
    expect(answer.body.errors[0].extensions).toMatchObject({ code, reason });
  });
});

test("a Bearer token is good when DPoP is allowed, and refused when it is required", async () => {
  expect((await allowed.query(query, { token: unbound })).status).toBe(200);
  const refused = await required.query(query, { token: unbound });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toBe(dpop(invalidToken));
});

test("a proof is good once over HTTP, and a public field is readable with a bad one", async () => {
  const headers = await withProof(bound);
  expect((await allowed.query(query, { headers })).status).toBe(200);
  const again = await allowed.query("{ publicMessage { message } privateMessage { message } }", { headers });
  expect(again.status).toBe(200);
  expect(again.body.data).toEqual({ publicMessage: { message: expect.any(String) }, privateMessage: null });
  expect(again.body.errors[0].extensions.reason).toBe("invalid_dpop_proof");
});

test.each(["DPoP", "Authorization"])("a %s header that is sent twice is refused", async (name) => {
  const { authorization, dpop: proof } = await withProof(bound);
  const sent = { Authorization: authorization ?? "", DPoP: proof ?? "" };
  const headers = ["Host", "localhost", "Content-Type", "application/json", ...Object.entries(sent).flat()];
  const repeated = [...headers, name, name === "DPoP" ? sent.DPoP : sent.Authorization];
  const challenge = await new Promise<string | undefined>((resolve, reject) => {
    const asked = request(`${required.url}/graphql`, { method: "POST", headers: repeated }, (response) => {
      response.resume().on("end", () => resolve(response.headers["www-authenticate"]));
    });
    asked.on("error", reject).end(JSON.stringify({ query }));
  });
  expect(challenge).toBe(dpop(["error", name === "DPoP" ? "invalid_dpop_proof" : "invalid_request"]));
});

test("a bad proof fails the whole request where bad tokens do", async () => {
  const env = { AUTH_DPOP: "allowed", AUTH_INVALID_TOKEN: "refuse-request" };
  const server = await startServerForTest({ issuer: provider.issuer, env });
  const answer = await server.query("{ publicMessage { message } }", { headers: { authorization: `DPoP ${bound}` } });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe(inBoth(["error", "invalid_dpop_proof"]).allowed);
});

describe("a proof is for the public URL", () => {
  const sendFor = async (server: TestServer, htu: string): Promise<Answer> =>
    server.query(query, { headers: await withProof(bound, client.prove(bound, { claims: { htu } })) });

  test("and not for the host and port that the server sees", async () => {
    expect((await sendFor(allowed, graphqlUrl)).status).toBe(200);
    expect((await sendFor(allowed, `${allowed.url}/graphql`)).body.errors[0].extensions.reason).toBe(
      "invalid_dpop_proof",
    );
  });

  test.each([
    ["https://example.com/messages/v1", "https://example.com/messages/v1/graphql"],
    ["https://example.com/messages/v1/", "https://example.com/messages/v1/graphql"],
    ["https://example.com/graphql", "https://example.com/graphql"],
  ])("%s, with its path", async (PUBLIC_URL, url) => {
    const env = { AUTH_DPOP: "required", PUBLIC_URL };
    const server = await startServerForTest({ issuer: provider.issuer, env });
    expect((await sendFor(server, url)).status).toBe(200);
    expect((await sendFor(server, "https://example.com/other/graphql")).status).toBe(401);
  });
});

test("while DPoP is off, its scheme is no token and its challenge is not made", async () => {
  const server = await startServerForTest({ issuer: provider.issuer });
  const answer = await server.query(query, { headers: await withProof(bound) });
  expect(answer.body.errors[0].extensions.reason).toBe("authorization_header_missing");
  expect(answer.headers.get("www-authenticate")).toBe(bearer());
});

test("the metadata say with which algorithms proofs are signed, and whether they must be there", async () => {
  const read = async (server: TestServer): Promise<unknown> =>
    (await readAnswer(await fetch(`${server.url}${wellKnown}`))).body;
  expect(await read(allowed)).toMatchObject({ dpop_signing_alg_values_supported: dpopAlgorithms });
  expect(await read(allowed)).not.toHaveProperty("dpop_bound_access_tokens_required");
  expect(await read(required)).toMatchObject({
    dpop_signing_alg_values_supported: dpopAlgorithms,
    dpop_bound_access_tokens_required: true,
  });
});

test("a browser may send a proof where DPoP is not off", async () => {
  const preflight = async (server: TestServer): Promise<string | null> => {
    const headers = { origin, "access-control-request-method": "POST", "access-control-request-headers": "dpop" };
    const { headers: answered } = await fetch(`${server.url}/graphql`, { method: "OPTIONS", headers });
    return answered.get("access-control-allow-headers");
  };
  const off = await startServerForTest({ issuer: provider.issuer, env: { CLIENT_ORIGIN_URL: origin } });
  expect(await preflight(allowed)).toMatch(/authorization.*dpop/i);
  expect(await preflight(off)).not.toMatch(/dpop/i);
});

test("nothing of a proof is in a response or a log line", async () => {
  const jti = crypto.randomUUID();
  const proofs = [
    await client.prove(bound, { claims: { jti } }),
    await client.prove(bound, { claims: { jti, htm: "PUT" } }),
  ];
  const texts = [];
  for (const proof of [...proofs, ...proofs]) {
    const { text, headers } = await allowed.query(query, {
      headers: await withProof(bound, Promise.resolve(proof)),
    });
    texts.push(text, JSON.stringify([...headers]));
  }
  const told = [...texts, ...allowed.logs].join("\n");
  const secrets = [jti, client.thumbprint, String(client.publicKey.x), ...proofs.flatMap((proof) => proof.split("."))];
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
});
