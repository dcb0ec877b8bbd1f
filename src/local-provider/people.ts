import type { ClientMetadata, Configuration, default as OidcProvider } from "oidc-provider";
import { toLoginPath } from "./login.ts";

/** Somebody who can sign in. */
export interface LocalPerson {
  readonly name: string;
  /** What an application that this person signs in to may be granted. */
  readonly scopes: readonly string[];
}

/** A public client: an application without a secret, such as a page, that signs people in by code and PKCE. */
export interface LocalApplication {
  readonly id: string;
  /** On loopback, where the port does not count (RFC 8252 section 7.3). */
  readonly redirectUris: readonly string[];
  /** The kind of access tokens it gets. Default: `jwt`. */
  readonly tokenFormat?: "jwt" | "opaque";
}

const loopbackOrigin = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** An application as a client of oidc-provider. */
export function toClientMetadata({ id, redirectUris }: LocalApplication): ClientMetadata {
  return {
    client_id: id,
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: [...redirectUris],
  };
}

/** The part of the provider's configuration that lets people sign in. Nobody is asked for consent. */
export function createSignInConfiguration(
  people: readonly LocalPerson[],
  resource: string,
  { base }: typeof import("oidc-provider").interactionPolicy,
): Partial<Configuration> {
  const policy = base();
  policy.remove("consent");
  return {
    interactions: { policy, url: (_ctx, { uid }) => toLoginPath(uid) },
    findAccount: (_ctx, sub) =>
      people.some(({ name }) => name === sub) ? { accountId: sub, claims: async () => ({ sub }) } : undefined,
    loadExistingGrant: async ({ oidc }) => {
      const { provider, client, session, params } = oidc;
      const person = people.find(({ name }) => name === session?.accountId);
      if (client === undefined || person === undefined) return undefined;
      const grant = new (provider as OidcProvider).Grant({ clientId: client.clientId, accountId: person.name });
      grant.addOIDCScope("openid");
      const asked = String(params?.["scope"] ?? "").split(" ");
      grant.addResourceScope(resource, asked.filter((scope) => person.scopes.includes(scope)).join(" "));
      await grant.save();
      return grant;
    },
    renderError: (ctx, { error, error_description: description }) => {
      ctx.type = "text/plain";
      ctx.body = `${error}: ${description}`;
    },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    clientBasedCORS: (_ctx, origin, client) => client.clientAuthMethod === "none" && loopbackOrigin.test(origin),
  };
}
