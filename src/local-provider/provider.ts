import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import type { Configuration, default as OidcProvider } from "oidc-provider";
import { answerLogin, isLogin } from "./login.ts";
import { createSignInConfiguration, type LocalApplication, type LocalPerson, toClientMetadata } from "./people.ts";
import { createStorage } from "./storage.ts";

/** A confidential client that gets access tokens by `client_credentials`. */
export interface LocalClient {
  readonly id: string;
  readonly secret: string;
  /** Instead of the secret: it proves itself with the private key of this one (`private_key_jwt`). */
  readonly publicKey?: JWK;
  /** What it may ask for; undefined: anything. */
  readonly scopes?: readonly string[];
  /** Further claims of its access tokens. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** How to run a provider on this machine. */
export interface LocalProviderOptions {
  /** Where to listen on 127.0.0.1; 0: anywhere. */
  readonly port: number;
  /** Appended to the issuer's origin: `/` gives an issuer with a slash at its end. Default: nothing. */
  readonly issuerPath?: "" | "/";
  /** The audience of tokens whose request names no `resource` (RFC 8707). */
  readonly audience: string;
  readonly clients: readonly LocalClient[];
  /** Where people can sign in, and who can. Default: nowhere, and nobody. */
  readonly applications?: readonly LocalApplication[];
  readonly people?: readonly LocalPerson[];
  /** The private key that signs JWTs, as a JWK with `alg` and `kid`. Default: made at start. */
  readonly signingKey?: JWK;
}

/** A running provider. */
export interface LocalProvider {
  readonly issuer: string;
  readonly provider: OidcProvider;
  readonly stop: () => Promise<void>;
}

const defaultLifetimeS = 3600;

/** Somebody who has signed in stays so for a day's work. */
const sessionLifetimesS = {
  AuthorizationCode: 60,
  Interaction: 3600,
  Session: 86400,
  Grant: 86400,
  IdToken: 3600,
  RefreshToken: 86400,
};

/** Stands for the audience, which need not be a URI, as the `resource` of a request must (RFC 8707). */
const defaultResource = "urn:graphql-gatehouse:api";

/**
 * Runs a real OpenID provider (oidc-provider) on loopback, for development and tests: discovery, key set, token,
 * introspection and revocation endpoints. Keys and tokens live as long as the process.
 *
 * Beside the standard parameters its token endpoint takes `expires_in` (seconds) and `token_format` (`jwt`, `opaque`),
 * which a provider that guards anything must not.
 */
export async function startLocalProvider(options: LocalProviderOptions): Promise<LocalProvider> {
  const { default: Provider, interactionPolicy } = await loadProvider();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}${options.issuerPath ?? ""}`;
  const provider = new Provider(issuer, {
    ...(await createConfiguration(options)),
    ...createSignInConfiguration(options.people ?? [], defaultResource, interactionPolicy),
  });
  const handle = provider.callback();
  const names = (options.people ?? []).map(({ name }) => name);
  server.on("request", (request, response) => {
    // A web page that has its own name resolve to this machine must not be able to ask for tokens.
    if (request.headers.host !== new URL(issuer).host) response.writeHead(421).end();
    else if (isLogin(request)) answerLogin(provider, names, request, response).catch(() => response.destroy());
    else void handle(request, response);
  });
  return {
    issuer,
    provider,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function createConfiguration(options: LocalProviderOptions): Promise<Configuration> {
  const { audience, clients, applications = [], people = [], signingKey } = options;
  const key = signingKey ?? (await createSigningKey());
  const alg = key.alg as "RS256";
  const clientOf = new Map(clients.map((client) => [client.id, client]));
  const applicationOf = new Map(applications.map((application) => [application.id, application]));
  const scopes = [...clients, ...people].flatMap((caller) => caller.scopes ?? []);
  return {
    adapter: createStorage(),
    jwks: { keys: [key] },
    cookies: { keys: [crypto.randomUUID()] },
    scopes: ["openid", ...new Set(scopes)],
    clients: [
      ...clients.map(({ id, secret, publicKey }) => ({
        client_id: id,
        ...(publicKey
          ? { token_endpoint_auth_method: "private_key_jwt" as const, jwks: { keys: [publicKey] } }
          : { client_secret: secret }),
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      })),
      ...applications.map(toClientMetadata),
    ],
    clientDefaults: { id_token_signed_response_alg: alg },
    ttl: {
      ...sessionLifetimesS,
      AccessToken: (ctx) => readLifetimeS(ctx.oidc.body),
      ClientCredentials: (ctx) => readLifetimeS(ctx.oidc.body),
    },
    extraTokenClaims: (_ctx, token) => clientOf.get(String(token.clientId))?.claims,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => defaultResource,
        useGrantedResource: () => true,
        getResourceServerInfo: ({ oidc }, resource, client) => ({
          audience: resource === defaultResource ? audience : resource,
          scope: applicationOf.has(client.clientId)
            ? scopes.join(" ")
            : toGranted(oidc.body?.["scope"], clientOf.get(client.clientId)?.scopes),
          accessTokenFormat: toFormat(oidc.body?.["token_format"] ?? applicationOf.get(client.clientId)?.tokenFormat),
          accessTokenTTL: readLifetimeS(oidc.body),
          jwt: { sign: { alg } },
        }),
      },
    },
  };
}

/** What is asked for, less what the client may not have. */
function toGranted(requested: unknown, allowed: readonly string[] | undefined): string {
  const scopes = typeof requested === "string" ? requested.split(" ") : [];
  return scopes.filter((scope) => allowed?.includes(scope) ?? true).join(" ");
}

function toFormat(asked: unknown): "jwt" | "opaque" {
  return asked === "opaque" ? "opaque" : "jwt";
}

function readLifetimeS(body: Record<string, unknown> | undefined): number {
  const seconds = Number(body?.["expires_in"]);
  return Number.isInteger(seconds) && seconds > 0 ? seconds : defaultLifetimeS;
}

async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: crypto.randomUUID() };
}

// On Node 20 oidc-provider says on being loaded that it does not support it. It works there, and is tested there.
async function loadProvider(): Promise<typeof import("oidc-provider")> {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await import("oidc-provider");
  } finally {
    console.warn = warn;
  }
}
