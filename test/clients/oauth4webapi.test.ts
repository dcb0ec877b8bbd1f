import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { graphqlUrl } from "../support/dpop.ts";
import { clients, startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";

// The provider and the API of the tests are on loopback, without TLS.
const insecure = { [oauth.allowInsecureRequests]: true } as const;
const client: oauth.Client = { client_id: "member" };

let provider: TestProvider;
let servers: Record<"jwt" | "opaque", TestServer>;
let metadata: oauth.AuthorizationServer;
beforeAll(async () => {
  provider = await startProvider();
  const issuer = new URL(provider.issuer);
  metadata = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const [api] = clients.filter(({ id }) => id === "api");
  const credentials = { AUTH_CLIENT_ID: "api", AUTH_CLIENT_SECRET: api?.secret ?? "" };
  servers = {
    jwt: await startServer({ issuer: provider.issuer, env: { AUTH_DPOP: "allowed" } }),
    opaque: await startServer({
      issuer: provider.issuer,
      env: { ...credentials, AUTH_METHOD: "introspection", AUTH_DPOP: "required" },
    }),
  };
});
afterAll(() => Promise.all([...Object.values(servers), provider].map(({ stop }) => stop())));

/** A client of its own key that has got a token of the provider, and asks the API as if it were at its public URL. */
async function connect(format: "jwt" | "opaque", alg: string): Promise<(method: "GET" | "POST") => Promise<Response>> {
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(alg));
  const request = { DPoP, ...insecure };
  const secret = oauth.ClientSecretBasic("member-secret");
  const form = new URLSearchParams({ token_format: format });
  const response = await oauth.clientCredentialsGrantRequest(metadata, client, secret, form, request);
  const { access_token: token, token_type: type } = await oauth.processClientCredentialsResponse(
    metadata,
    client,
    response,
  );
  expect(type).toBe("dpop");
  const redirected = {
    ...request,
    [oauth.customFetch]: (url: string, init: object) =>
      fetch(url.replace(graphqlUrl, `${servers[format].url}/graphql`), init),
  };
  const query = "{ privateMessage { message } }";
  return (method) => {
    const url = new URL(graphqlUrl);
    const headers = new Headers({ "content-type": "application/json", "apollo-require-preflight": "1" });
    if (method === "GET") url.searchParams.set("query", query);
    const body = method === "GET" ? undefined : JSON.stringify({ query });
    return oauth.protectedResourceRequest(token, method, url, headers, body, redirected);
  };
}

describe.each(["jwt", "opaque"] as const)("with a %s token of oidc-provider", (format) => {
  test.each(["ES256", "Ed25519"])("oauth4webapi is served by POST and GET, with its %s key", async (alg) => {
    const send = await connect(format, alg);
    for (const method of ["POST", "GET", "POST"] as const) {
      const response = await send(method);
      expect(await response.json()).toEqual({
        data: { privateMessage: { message: "The API successfully validated your access token." } },
      });
    }
  });
});

test("oauth4webapi understands the challenges", async () => {
  const url = new URL(`${servers.jwt.url}/graphql`);
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
  const body = JSON.stringify({ query: "{ privateMessage { message } }" });
  const headers = new Headers({ "content-type": "application/json" });
  const request = oauth.protectedResourceRequest("token", "POST", url, headers, body, { DPoP, ...insecure });
  const error: oauth.WWWAuthenticateChallengeError = await request.then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
  expect(error.cause.map(({ scheme, parameters }) => [scheme, parameters["error"], parameters["realm"]])).toEqual([
    ["bearer", undefined, "graphql"],
    ["dpop", "invalid_dpop_proof", "graphql"],
  ]);
});
