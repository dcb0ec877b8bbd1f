import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuthenticatorOptions } from "../src/authentication/authenticator.ts";
import { createAuthenticator } from "../src/authentication/authenticator.ts";
import { createAsk, createDpopClient, type DpopClient, graphqlUrl, summarize } from "./support/dpop.ts";
import { startProvider, type TestProvider } from "./support/provider.ts";

let provider: TestProvider;
let client: DpopClient;
let other: DpopClient;
/** By name, as the table below has them. */
let tokens: Record<string, string>;
beforeAll(async () => {
  provider = await startProvider();
  [client, other] = await Promise.all([createDpopClient(), createDpopClient()]);
  const jkt = client.thumbprint;
  const confirmations = {
    unbound: undefined,
    bound: { jkt },
    "bound to another key": { jkt: other.thumbprint },
    "bound to a certificate": { "x5t#S256": jkt },
    "bound to both": { jkt, "x5t#S256": jkt },
    "bound to a list": { jkt: [jkt] },
    "bound to nothing": {},
    "bound to null": null,
    "bound to text": jkt,
  };
  const signed = Object.entries(confirmations).map(
    async ([name, cnf]) => [name, await provider.sign({ cnf })] as const,
  );
  tokens = Object.fromEntries(await Promise.all(signed));
});
afterAll(() => provider.stop());

const odd = [
  "bound to another key",
  "bound to a certificate",
  "bound to both",
  "bound to a list",
  "bound to nothing",
  "bound to null",
  "bound to text",
];

describe.each([
  { mode: "off", Bearer: "Bearer", DPoP: "anonymous", both: "anonymous" },
  { mode: "allowed", Bearer: "Bearer", DPoP: "invalid_token", both: "DPoP" },
  { mode: "required", Bearer: "invalid_token", DPoP: "invalid_token", both: "DPoP" },
] as const)("with $mode", ({ mode, Bearer, DPoP, both }) => {
  /** What comes of a token with a proof of the client's key, whatever the scheme. */
  const send = async (scheme: string, name: string): Promise<string> => {
    const token = tokens[name] ?? "";
    return createAsk(provider.issuer, { mode })(`${scheme} ${token}`, await client.prove(token));
  };

  test("a token that is bound to no key", async () => {
    expect(await send("Bearer", "unbound")).toBe(Bearer);
    expect(await send("DPoP", "unbound")).toBe(DPoP);
  });

  test("a token that is bound to a key", async () => {
    expect(await send("Bearer", "bound")).toBe("invalid_token");
    expect(await send("DPoP", "bound")).toBe(both);
  });

  test.each(odd)("a token that is %s", async (name) => {
    expect(await send("Bearer", name)).toBe("invalid_token");
    expect(await send("DPoP", name)).toBe(DPoP);
  });

  test("a malformed header", async () => {
    const ask = createAsk(provider.issuer, { mode });
    expect(await ask("Bearer")).toBe("invalid_header");
    expect(await ask("DPoP a b")).toBe(mode === "off" ? "anonymous" : "invalid_header");
    expect(await ask(`DPoP ${"a".repeat(8193)}`)).toBe(mode === "off" ? "anonymous" : "invalid_header");
    expect(await ask("DPoPx a")).toBe("anonymous");
    expect(await ask("Basic a")).toBe("anonymous");
  });
});

test("a bound token that is known by its proof is still refused as a Bearer token", async () => {
  const ask = createAsk(provider.issuer);
  const { bound = "" } = tokens;
  expect(await ask(`DPoP ${bound}`, await client.prove(bound))).toBe("DPoP");
  expect(await ask(`Bearer ${bound}`, await client.prove(bound))).toBe("invalid_token");
  expect(await ask(`Bearer ${bound}`)).toBe("invalid_token");
});

test("a token is told wrong in its own words, where its proof is good", async () => {
  const expired = await provider.sign({ cnf: { jkt: client.thumbprint }, exp: Math.floor(Date.now() / 1000) - 60 });
  expect(await createAsk(provider.issuer)(`DPoP ${expired}`, await client.prove(expired))).toBe("token_expired");
});

test("the clock tolerance is the issuers' largest", async () => {
  const issuers = [5, 120].map((clockToleranceS, index) => ({
    issuer: index === 0 ? provider.issuer : "https://other.example.com",
    audience: "https://api.example.com",
    clockToleranceS,
  }));
  const { bound = "" } = tokens;
  const claims = { iat: Math.floor(Date.now() / 1000) + 100 };
  const proof = await client.prove(bound, { claims });
  expect(await createAsk(provider.issuer, {}, { issuers })(`DPoP ${bound}`, proof)).toBe("DPoP");
  expect(await createAsk(provider.issuer)(`DPoP ${bound}`, proof)).toBe("invalid_dpop_proof");
});

describe("of an introspection answer", () => {
  /** What comes of a token about which the provider says this. */
  async function introspect(answer: object, scheme: string): Promise<string> {
    const authenticate = createAuthenticator({
      issuers: [
        {
          issuer: "https://opaque.example.com",
          method: "introspection",
          introspectionEndpoint: "https://opaque.example.com/introspect",
          clientId: "api",
          clientSecret: "secret",
        },
      ],
      dpop: { mode: "allowed", url: graphqlUrl },
      askProvider: async () => ({ kind: "answered", status: 200, json: { active: true, ...answer } }),
    });
    const headers = { authorization: `${scheme} opaque`, dpop: await client.prove("opaque") };
    return summarize(await authenticate({ method: "POST", headers }));
  }

  test("the key counts like that of a JWT", async () => {
    const cnf = { jkt: client.thumbprint };
    expect(await introspect({ cnf, token_type: "DPoP" }, "DPoP")).toBe("DPoP");
    expect(await introspect({ cnf, token_type: "Bearer" }, "DPoP")).toBe("DPoP");
    expect(await introspect({ cnf, token_type: "Bearer" }, "Bearer")).toBe("invalid_token");
    expect(await introspect({ cnf: { jkt: other.thumbprint } }, "DPoP")).toBe("invalid_token");
  });

  test("the type counts too, where it does not tell the key", async () => {
    expect(await introspect({ token_type: "Bearer", cnf: null }, "Bearer")).toBe("Bearer");
    expect(await introspect({ token_type: "dpop" }, "Bearer")).toBe("invalid_token");
    expect(await introspect({ token_type: "DPoP" }, "DPoP")).toBe("invalid_token");
  });
});

test("options are checked before any call, and everything wrong with them is said at once", () => {
  const create = (dpop: unknown) => () =>
    createAuthenticator({ issuers: [{ issuer: "https://a", audience: "x" }], dpop } as AuthenticatorOptions);
  expect(create({ mode: "on", url: "/graphql" })).toThrow(
    "createAuthenticator: dpop.mode must be off, allowed or required; dpop.url must be an http or https URL",
  );
  expect(create({ mode: "allowed" })).toThrow("dpop.url must be a URL");
  expect(create({ mode: "allowed", url: graphqlUrl, replayStore: {} })).toThrow("dpop.replayStore must have");
  expect(create({ mode: "allowed", url: graphqlUrl, nonce: true })).toThrow("dpop.nonce is not an option");
  for (const none of ["required", null, []]) expect(create(none)).toThrow("dpop must be an object");
});
