/** @import { Caller } from "./callers.js" */
/** @import { AuthorizationServer, Client, TokenEndpointResponse } from "oauth4webapi" */

/**
 * Where and as whom to sign in, and what to ask for.
 * @typedef {{ issuer: string, clientId: string, audience?: string, scopes: string[] }} SignInSettings
 */

/**
 * @typedef {object} SignIn
 * @property {Caller} caller Who has signed in.
 * @property {(scope: string) => Promise<void>} start Leaves the page for the provider's.
 * @property {() => Promise<boolean>} finish Takes what the provider sent the browser back with; false: nothing.
 */

// What has to outlive the visit at the provider. Tokens do not: they are in memory only.
const storageKey = "graphql-gatehouse:sign-in";

/**
 * Signs in at the provider by authorization code and PKCE (RFC 6749 section 4.1, RFC 7636).
 * @param {SignInSettings} settings
 * @returns {SignIn}
 */
export function createSignIn({ issuer, clientId, audience }) {
  /** @type {Client} */
  const client = { client_id: clientId };
  const redirectUri = `${location.origin}/`;
  /** @type {TokenEndpointResponse | undefined} */
  let tokens;

  return {
    caller: {
      label: `sign in at ${new URL(issuer).host} …`,
      getToken: async () => tokens?.access_token,
      renewToken: async () => {
        const refreshToken = tokens?.refresh_token;
        tokens = undefined;
        if (refreshToken === undefined) throw new Error("The access token ran out. Sign in again.");
        const { oauth, insecure } = await loadOAuth(issuer);
        const server = await discover(issuer);
        const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, insecure);
        tokens = await oauth.processRefreshTokenResponse(server, client, response);
        return tokens.access_token;
      },
    },
    start: async (scope) => {
      const { oauth } = await loadOAuth(issuer);
      const { authorization_endpoint: endpoint } = await discover(issuer);
      if (endpoint === undefined) throw new Error("The provider does not say where to sign in.");
      const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
      const url = new URL(endpoint);
      const parameters = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope,
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        // No standard parameter, but what Auth0 wants to hear; others do not listen.
        ...(audience !== undefined && { audience }),
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      sessionStorage.setItem(storageKey, JSON.stringify({ state, verifier }));
      location.assign(url);
    },
    finish: async () => {
      const url = new URL(location.href);
      const stored = sessionStorage.getItem(storageKey);
      if (stored === null || !url.searchParams.has("state")) return false;
      sessionStorage.removeItem(storageKey);
      history.replaceState(null, "", url.pathname);
      const { state, verifier } = JSON.parse(stored);
      const { oauth, insecure } = await loadOAuth(issuer);
      const server = await discover(issuer);
      const sent = oauth.validateAuthResponse(server, client, url, state);
      const proof = oauth.None();
      const ask = oauth.authorizationCodeGrantRequest;
      const response = await ask(server, client, proof, sent, redirectUri, verifier, insecure);
      tokens = await oauth.processAuthorizationCodeResponse(server, client, response);
      return true;
    },
  };
}

/**
 * The library, which only who signs in has to load. A provider on this machine has no certificate.
 * @param {string} issuer
 */
async function loadOAuth(issuer) {
  if (!isSecureContext) throw new Error("Signing in needs https, or the name localhost or 127.0.0.1 for this page.");
  const path = "/ide/oauth4webapi.js";
  /** @type {typeof import("oauth4webapi")} */
  const oauth = await import(path);
  return { oauth, insecure: { [oauth.allowInsecureRequests]: new URL(issuer).protocol === "http:" } };
}

/**
 * @param {string} issuer
 * @returns {Promise<AuthorizationServer>}
 */
async function discover(issuer) {
  const { oauth, insecure } = await loadOAuth(issuer);
  const url = new URL(issuer);
  for (const algorithm of /** @type {const} */ (["oidc", "oauth2"])) {
    const response = await oauth.discoveryRequest(url, { ...insecure, algorithm });
    if (response.ok) return oauth.processDiscoveryResponse(url, response);
  }
  throw new Error(`There is no metadata of ${issuer}.`);
}
