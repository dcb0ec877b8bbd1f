import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTHeaderParameters, SignJWT } from "jose";
import {
  type LocalProvider,
  type LocalProviderOptions,
  startLocalProvider,
} from "../../src/local-provider/provider.ts";
import { requestToken } from "../../src/local-provider/request-token.ts";

export const audience = "https://api.example.com";

/** Claims of a token to sign, also ones that no provider would send; undefined leaves one out. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** A running local provider, and what its signing key could sign on a bad day. */
export interface TestProvider extends LocalProvider {
  /** An access token from its token endpoint, for one of its clients. */
  readonly getToken: (clientId: string, request?: { scope?: string; format?: "jwt" | "opaque" }) => Promise<string>;
  /** A JWT signed with its key; `claims` are put over those of a good access token, undefined takes one away. */
  readonly sign: (claims?: TokenClaims, header?: Partial<JWTHeaderParameters>) => Promise<string>;
}

/** The clients that most tests need: one without scopes, one with `read:admin-messages`, and the API itself. */
export const clients: LocalProviderOptions["clients"] = [
  { id: "member", secret: "member-secret", scopes: [] },
  { id: "admin", secret: "admin-secret", scopes: ["read:admin-messages"] },
  { id: "api", secret: "a secret/with:odd+characters%" },
];

export async function startProvider(options: Partial<LocalProviderOptions> = {}): Promise<TestProvider> {
  const signingKey = await createSigningKey();
  const all = { port: 0, audience, clients, signingKey, ...options };
  const provider = await startLocalProvider(all);
  return {
    ...provider,
    getToken: async (clientId, request = {}) => {
      const client = all.clients.find(({ id }) => id === clientId);
      if (client === undefined) throw new Error(`There is no client ${clientId}.`);
      return requestToken({ issuer: provider.issuer, client, ...request });
    },
    sign: (claims = {}, header = {}) =>
      signToken(signingKey, { iss: provider.issuer, aud: all.audience, ...claims }, header),
  };
}

/** Signs a JWT like an access token, with whatever key. */
export async function signToken(
  key: JWK,
  claims: TokenClaims,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload = { sub: "somebody", client_id: "somebody", iat: now, exp: now + 3600, ...claims };
  const alg = key.alg ?? "RS256";
  const protectedHeader = { alg, typ: "at+jwt", ...(key.kid !== undefined && { kid: key.kid }), ...header };
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(await importJWK(key, alg));
}

/** A private key for RS256, as a JWK. */
export async function createSigningKey(kid: string = crypto.randomUUID()): Promise<JWK> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid };
}
