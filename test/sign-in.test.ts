import { createHash } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frontend, people } from "../src/local-provider/callers.ts";
import { startProvider, type TestProvider } from "./support/provider.ts";

const redirectUri = "http://127.0.0.1:5173/";
const verifier = "v".repeat(43);

let provider: TestProvider;
beforeAll(async () => {
  const applications = [frontend, { ...frontend, id: "opaque", tokenFormat: "opaque" as const }];
  provider = await startProvider({ applications, people });
});
afterAll(() => provider.stop());

/** Begins to sign in: the answer of the authorization endpoint, with other parameters over the good ones. */
function authorize(parameters: Readonly<Record<string, string>> = {}): Promise<Response> {
  const all = {
    client_id: frontend.id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid read:admin-messages",
    state: "state-of-the-page",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...parameters,
  };
  return fetch(`${provider.issuer}/auth?${new URLSearchParams(all)}`, { redirect: "manual" });
}

/** What a browser does with a redirect, and with a form that it sends there. */
function follow(response: Response, cookies: readonly string[], body?: URLSearchParams): Promise<Response> {
  const url = new URL(response.headers.get("location") ?? "", provider.issuer);
  const init = body && { method: "POST", body };
  return fetch(url, { redirect: "manual", headers: { cookie: cookies.join("; ") }, ...init });
}

const readCookies = (response: Response): string[] =>
  response.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");

/** Signs in by the login page; resolves to where the provider sends the browser in the end. */
async function signIn(name: string, clientId: string): Promise<URL> {
  const begun = await authorize({ client_id: clientId });
  const cookies = readCookies(begun);
  const told = await follow(begun, cookies, new URLSearchParams({ name }));
  const resumed = await follow(told, cookies);
  return new URL(resumed.headers.get("location") ?? "");
}

async function getToken(code: string, clientId: string, headers: Record<string, string> = {}): Promise<Response> {
  const form = { grant_type: "authorization_code", client_id: clientId, redirect_uri: redirectUri, code };
  const body = new URLSearchParams({ ...form, code_verifier: verifier });
  return fetch(`${provider.issuer}/token`, { method: "POST", headers, body });
}

const readClaims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

test("a form that is broken off or too long ends its request, and the provider goes on", async () => {
  const begun = await authorize();
  const { pathname, port } = new URL(begun.headers.get("location") ?? "", provider.issuer);
  const { port: listening } = new URL(provider.issuer);
  const headers = { cookie: readCookies(begun).join("; "), "content-type": "application/x-www-form-urlencoded" };
  const post = (length: number, body: string): Promise<Error> =>
    new Promise((resolve) => {
      const options = { host: "127.0.0.1", port: port || listening, path: pathname, method: "POST" };
      const sent = request({ ...options, headers: { ...headers, "content-length": length } });
      sent.on("error", resolve);
      sent.on("response", () => resolve(new Error("It was answered.")));
      sent.write(body);
      if (body.length < length) sent.destroy(new Error("broken off"));
      else sent.end();
    });
  expect((await post(99, "name=")).message).toBe("broken off");
  expect((await post(9000, `name=${"a".repeat(8995)}`)).message).toMatch(/socket hang up|ECONNRESET|EPIPE/);
  expect((await follow(begun, readCookies(begun))).status).toBe(200);
});

describe("who signs in to an application by the login page", () => {
  test.each([
    ["member", undefined],
    ["admin", "read:admin-messages"],
  ])("as %s gets a token of what they may have", async (name, scope) => {
    const url = await signIn(name, frontend.id);
    expect([url.origin, url.searchParams.get("state")]).toEqual(["http://127.0.0.1:5173", "state-of-the-page"]);
    const response = await getToken(url.searchParams.get("code") ?? "", frontend.id);
    const answer = (await response.json()) as Record<string, string>;
    const claims = readClaims(answer["access_token"] ?? "");
    expect([claims["sub"], claims["client_id"], claims["scope"]]).toEqual([name, frontend.id, scope]);
    expect(claims["aud"]).toBe("https://api.example.com");
    expect(answer).toHaveProperty("refresh_token");
  });

  test("gets an opaque token where the application gets such", async () => {
    const url = await signIn("admin", "opaque");
    const response = await getToken(url.searchParams.get("code") ?? "", "opaque");
    expect(await response.json()).toMatchObject({ access_token: expect.stringMatching(/^[\w-]{43}$/) });
  });
});

test("the login page is nothing without the cookie of the browser that began", async () => {
  const begun = await authorize();
  const answers = await Promise.all([follow(begun, []), follow(begun, [], new URLSearchParams({ name: "admin" }))]);
  expect(answers.map(({ status }) => status)).toEqual([400, 400]);
});

test("the login page cannot be framed, and does not repeat what it was sent", async () => {
  const begun = await authorize();
  const body = new URLSearchParams({ name: "<script>alert(1)</script>" });
  const answer = await follow(begun, readCookies(begun), body);
  expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
  const text = await answer.text();
  expect(text).toContain("There is nobody of this name.");
  expect(text).not.toContain("<script");
});

test.each([
  ["an address on another machine", { redirect_uri: "https://evil.example.com/" }],
  ["no PKCE", { code_challenge: "", code_challenge_method: "" }],
  ["a confidential client", { client_id: "member" }],
])("nobody signs in to %s", async (_what, parameters) => {
  const response = await authorize(parameters);
  expect(response.headers.get("location") ?? "").not.toContain("/login/");
});

test("a code is of no use to a page that is not on this machine", async () => {
  const ask = async (origin: string): Promise<string | null> => {
    const url = await signIn("member", frontend.id);
    const response = await getToken(url.searchParams.get("code") ?? "", frontend.id, { origin });
    return response.headers.get("access-control-allow-origin");
  };
  expect(await ask("http://127.0.0.1:5173")).toBe("http://127.0.0.1:5173");
  expect(await ask("https://evil.example.com")).toBeNull();
  expect(await ask("http://127.0.0.1.example.com")).toBeNull();
});
