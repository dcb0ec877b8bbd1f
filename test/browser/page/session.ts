import * as oauth from "oauth4webapi";

/** Who has signed in; the tokens are in memory only, so that no other script finds them later. */
export interface Session {
  /** What to send with a request: nothing while nobody has signed in. */
  readonly getHeaders: () => Record<string, string>;
  /** Leaves this page for the provider's; it comes back with a code. */
  readonly signIn: () => Promise<void>;
  /** Replaces the access token; without success nobody has signed in any more. */
  readonly renew: () => Promise<void>;
}

/** Where and as whom to sign in. */
export interface SessionOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** What the page would like to be granted. */
  readonly scope: string;
}

// What has to outlive the visit at the provider.
const storageKey = "sign-in";

/** Signs in by authorization code and PKCE (RFC 6749 section 4.1, RFC 7636). */
export async function openSession({ issuer, clientId, scope }: SessionOptions): Promise<Session> {
  const client: oauth.Client = { client_id: clientId };
  const redirectUri = `${location.origin}/`;
  // A provider on this machine has no certificate.
  const insecure = { [oauth.allowInsecureRequests]: new URL(issuer).protocol === "http:" };
  const discovered = await oauth.discoveryRequest(new URL(issuer), insecure);
  const server = await oauth.processDiscoveryResponse(new URL(issuer), discovered);
  let tokens = await finishSignIn();

  async function finishSignIn(): Promise<oauth.TokenEndpointResponse | undefined> {
    const stored = sessionStorage.getItem(storageKey);
    const url = new URL(location.href);
    if (stored === null || !url.searchParams.has("state")) return undefined;
    sessionStorage.removeItem(storageKey);
    history.replaceState(null, "", url.pathname);
    const { state, verifier } = JSON.parse(stored) as { state: string; verifier: string };
    const callback = oauth.validateAuthResponse(server, client, url, state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      callback,
      redirectUri,
      verifier,
      insecure,
    );
    return oauth.processAuthorizationCodeResponse(server, client, response);
  }

  return {
    getHeaders: () => (tokens === undefined ? {} : { Authorization: `Bearer ${tokens.access_token}` }),
    signIn: async () => {
      const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
      sessionStorage.setItem(storageKey, JSON.stringify({ state, verifier }));
      const url = new URL(server.authorization_endpoint ?? issuer);
      url.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope,
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      }).toString();
      location.assign(url);
    },
    renew: async () => {
      const asked = oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens?.refresh_token ?? "", insecure);
      // The old token stays until then: who is asked in the meantime has signed in.
      tokens = await asked
        .then((response) => oauth.processRefreshTokenResponse(server, client, response))
        .catch(() => undefined);
    },
  };
}
