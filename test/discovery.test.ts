import type { JWK } from "jose";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createAuthenticator } from "../src/authentication/authenticator.ts";
import { createTestClock } from "./support/clock.ts";
import { audience, createSigningKey, signToken } from "./support/provider.ts";
import { respondWith, type ScriptedProvider, startScriptedProvider, toKeySet } from "./support/scripted-provider.ts";

const openid = "/.well-known/openid-configuration";
const oauth = "/.well-known/oauth-authorization-server";

let provider: ScriptedProvider;
let key: JWK;
let logs: string[];
beforeAll(async () => {
  key = await createSigningKey();
});
beforeEach(async () => {
  provider = await startScriptedProvider();
  provider.answers.delete(openid);
  provider.answers.set("/jwks", toKeySet(key));
  logs = [];
});
afterEach(() => provider.stop());

/** What a new authenticator makes of a good token of the issuer. */
async function ask(issuer: string, jwksUri?: string): Promise<string> {
  const log = (details: object, message: string): void => {
    logs.push(`${message} ${JSON.stringify(details)}`);
  };
  const logger = { info: log, warn: log, error: log };
  const authenticate = createAuthenticator({ issuers: [{ issuer, audience, jwksUri, timeoutMs: 1000 }], logger });
  const token = await signToken(key, { iss: issuer, aud: audience });
  const authentication = await authenticate({ headers: { authorization: `Bearer ${token}` } });
  return "error" in authentication ? authentication.error.reason : authentication.kind;
}

const describeIssuer = (issuer: string): object => ({ issuer, jwks_uri: `${provider.issuer}/jwks` });

test.each([
  ["the OpenID document of an issuer", "", openid],
  ["the OpenID document of an issuer with a slash at its end", "/", openid],
  ["the OpenID document of an issuer with a path", "/tenant", `/tenant${openid}`],
  ["the OAuth document where there is no OpenID one", "", oauth],
  ["the OAuth document, with the path behind the well-known one", "/tenant", `${oauth}/tenant`],
])("the key set is found in %s", async (_, path, document) => {
  const issuer = `${provider.issuer}${path}`;
  provider.answers.set(document, describeIssuer(issuer));
  expect(await ask(issuer)).toBe("authenticated");
});

test("the OAuth document serves while the OpenID one fails", async () => {
  provider.answers.set(openid, respondWith(500));
  provider.answers.set(oauth, describeIssuer(provider.issuer));
  expect(await ask(provider.issuer)).toBe("authenticated");
});

test("metadata of another issuer is refused, loudly, and is an outage to the caller", async () => {
  provider.answers.set(openid, describeIssuer(`${provider.issuer}/`));
  expect(await ask(provider.issuer)).toBe("provider_unavailable");
  expect(logs.join("\n")).toContain("it names another issuer");
  expect(provider.calls.get("/jwks")).toBeUndefined();
});

test.each([["http://keys.example.com/jwks"], ["file:///etc/passwd"], ["/jwks"], [7]])(
  "a key-set address of %j is refused",
  async (jwks) => {
    provider.answers.set(openid, { issuer: provider.issuer, jwks_uri: jwks });
    expect(await ask(provider.issuer)).toBe("provider_unavailable");
    expect(logs.join("\n")).toContain("an address that is not an https URL");
  },
);

test("a document that hangs does not hide the other one for ever", async () => {
  provider.answers.set(openid, () => {});
  provider.answers.set(oauth, describeIssuer(provider.issuer));
  const clock = createTestClock();
  const authenticate = createAuthenticator({ issuers: [{ issuer: provider.issuer, audience, timeoutMs: 200 }], clock });
  const present = async (): Promise<string> => {
    const token = await signToken(key, { iss: provider.issuer, aud: audience });
    return (await authenticate({ headers: { authorization: `Bearer ${token}` } })).kind;
  };
  expect(await present()).toBe("unavailable");
  clock.advance(1000);
  expect(await present()).toBe("authenticated");
});

test("a key set that has moved is found within ten minutes", async () => {
  provider.answers.set(openid, describeIssuer(provider.issuer));
  const clock = createTestClock();
  const authenticate = createAuthenticator({ issuers: [{ issuer: provider.issuer, audience }], clock });
  const present = async (signer: JWK): Promise<string> => {
    const exp = Math.floor(clock.wallMs() / 1000) + 3600;
    const token = await signToken(signer, { iss: provider.issuer, aud: audience, exp });
    return (await authenticate({ headers: { authorization: `Bearer ${token}` } })).kind;
  };
  expect(await present(key)).toBe("authenticated");
  const newKey = await createSigningKey();
  provider.answers.set("/new", toKeySet(newKey));
  provider.answers.set(openid, { issuer: provider.issuer, jwks_uri: `${provider.issuer}/new` });
  clock.advance(10 * 60_000);
  expect(await present(newKey)).toBe("authenticated");
});

test("what is wrong with the metadata is logged once, however many ask", async () => {
  const logger = { info: () => {}, warn: () => {}, error: (_: object, message: string) => logs.push(message) };
  const credentials = { clientId: "api", clientSecret: "secret" };
  const issuers = [{ issuer: provider.issuer, method: "introspection", ...credentials } as const];
  const clock = createTestClock();
  const authenticate = createAuthenticator({ issuers, logger, clock });
  const asking = Array.from({ length: 20 }, (_, index) =>
    authenticate({ headers: { authorization: `Bearer t${index}` } }),
  );
  expect(new Set((await Promise.all(asking)).map(({ kind }) => kind))).toEqual(new Set(["unavailable"]));
  clock.advance(5000);
  await authenticate({ headers: { authorization: "Bearer another" } });
  expect(logs.filter((line) => line.includes("cannot be found"))).toHaveLength(1);
  expect(provider.calls.get(openid)).toBe(2);
});

test("nothing is discovered when the key set's address is configured", async () => {
  expect(await ask(provider.issuer, `${provider.issuer}/jwks`)).toBe("authenticated");
  expect([...provider.calls.keys()]).toEqual(["/jwks"]);
});
