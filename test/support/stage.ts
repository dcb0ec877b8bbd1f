import { createStillClock, type TestClock } from "./clock.ts";
import { audience, type TokenClaims } from "./provider.ts";
import { type ScriptedProvider, startScriptedProvider } from "./scripted-provider.ts";
import { startServer, type TestServer, type TestServerOptions } from "./server.ts";
import { createSigner, type Signer, toCompactForm } from "./signer.ts";

/** Keys of the provider by their use, and one that is not the provider's. */
export interface Keys {
  readonly rsa: Signer;
  /** The same key under another id, of which the key set does not say the algorithm. */
  readonly rsaAnyAlg: Signer;
  readonly p256: Signer;
  readonly p384: Signer;
  readonly p521: Signer;
  readonly ed25519: Signer;
  readonly attacker: Signer;
}

export const keys: Keys = createKeys();

function createKeys(): Keys {
  const rsa = createSigner("RS256", "kid-mark-rsa");
  const { alg, ...unbound } = rsa.publicJwk;
  return {
    rsa,
    rsaAnyAlg: { ...rsa, kid: "kid-mark-any", publicJwk: { ...unbound, kid: "kid-mark-any" } },
    p256: createSigner("ES256", "kid-mark-p256"),
    p384: createSigner("ES384", "kid-mark-p384"),
    p521: createSigner("ES512", "kid-mark-p521"),
    ed25519: createSigner("EdDSA", "kid-mark-ed25519"),
    attacker: createSigner("RS256", "kid-mark-attacker"),
  };
}

/** What this API authenticates itself with at the provider. */
export const clientSecret = "client-secret-mark";

/** What the provider says in its own words, where a case has it say something. */
export const providerWords = "provider-words-mark";

/** A server before a provider: what one attack or many are played on. */
export interface Stage {
  readonly provider: ScriptedProvider;
  readonly server: TestServer;
  /** Stands still. */
  readonly clock: TestClock;
  readonly nowS: number;
  /** The claims of a good access token, with others over them; undefined takes one away. */
  readonly claims: (claims?: TokenClaims) => TokenClaims;
  /** A token signed with a good key or another one; undefined takes a header parameter away. */
  readonly sign: (claims?: TokenClaims, header?: TokenClaims, signer?: Signer) => string;
  readonly stop: () => Promise<void>;
}

/** How a stage differs from the usual one: this API's own schema, with signed tokens. */
export interface StageOptions extends Omit<TestServerOptions, "issuer" | "clock"> {
  /** Changes the provider before the server starts. */
  readonly set?: (provider: ScriptedProvider) => void | Promise<void>;
}

/** The environment of a server that asks the provider about each token. */
export const introspectionEnv: Readonly<Record<string, string>> = {
  AUTH_METHOD: "introspection",
  AUTH_CLIENT_ID: "client-id-mark",
  AUTH_CLIENT_SECRET: clientSecret,
};

/** Every public key of the provider, as it serves them. */
export function listPublicJwks(): object[] {
  return Object.values(keys)
    .filter((signer) => signer !== keys.attacker)
    .map(({ publicJwk }) => publicJwk);
}

/** Starts provider and server; whoever starts them stops them. */
export async function startStage({ set, ...options }: StageOptions = {}): Promise<Stage> {
  const provider = await startScriptedProvider();
  provider.answers.set("/jwks", { keys: listPublicJwks() });
  await set?.(provider);
  const clock = createStillClock();
  const server = await startServer({ issuer: provider.issuer, clock, ...options });
  const nowS = clock.wallMs() / 1000;
  const claims = (changes: TokenClaims = {}): TokenClaims => ({
    iss: provider.issuer,
    aud: audience,
    sub: "subject-mark",
    client_id: "client-mark",
    jti: crypto.randomUUID(),
    iat: nowS,
    exp: nowS + 3600,
    ...changes,
  });
  return {
    provider,
    server,
    clock,
    nowS,
    claims,
    sign: (changes, header, signer = keys.rsa) =>
      toCompactForm(signer, { alg: signer.alg, typ: "at+jwt", kid: signer.kid, ...header }, claims(changes)),
    stop: async () => {
      await server.stop();
      await provider.stop();
    },
  };
}
