import { isProviderUrl } from "./issuer.ts";
import type { Logger } from "./logger.ts";
import type { ProviderClient } from "./provider-client.ts";

/** The endpoints that are discovered. */
export type EndpointName = "jwks_uri" | "introspection_endpoint";

/** Where a provider's endpoint is. */
export interface Discovery {
  /** The endpoint's URL, or undefined when the provider does not say (why is in the log). */
  readonly find: (signal: AbortSignal) => Promise<string | undefined>;
  /** Call it when the endpoint failed: it is looked up anew the next time. */
  readonly forget: () => void;
}

/** An endpoint that was configured and needs no discovery. */
export function createFixedEndpoint(url: string): Discovery {
  return { find: async () => url, forget: () => {} };
}

/**
 * Reads an endpoint from the issuer's metadata: OpenID Connect Discovery 1.0 section 4, else RFC 8414 section 3.
 * Metadata of another issuer (RFC 8414 section 3.3) and endpoints that are not https (loopback excepted) are refused.
 */
export function createDiscovery(issuer: string, name: EndpointName, ask: ProviderClient, logger: Logger): Discovery {
  let known: string | undefined;

  async function find(signal: AbortSignal): Promise<string | undefined> {
    for (const url of toMetadataUrls(issuer)) {
      const answer = await ask({ url, signal });
      const metadata = answer.kind === "answered" && answer.status === 200 ? answer.json : undefined;
      if (metadata === undefined) continue;
      if (metadata["issuer"] !== issuer) {
        logger.error(
          { issuer },
          "The provider's metadata names another issuer. Check AUTH_ISSUER, also its last slash.",
        );
        return undefined;
      }
      const endpoint = metadata[name];
      if (endpoint === undefined) continue;
      if (typeof endpoint === "string" && isProviderUrl(endpoint)) {
        known = endpoint;
        return endpoint;
      }
      logger.error({ issuer }, `The provider's metadata has a ${name} that is not an https URL.`);
      return undefined;
    }
    logger.warn({ issuer }, `The provider's metadata cannot be read or has no ${name}.`);
    return undefined;
  }

  return {
    find: async (signal) => known ?? find(signal),
    forget: () => {
      known = undefined;
    },
  };
}

function toMetadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}
