import type { Clock } from "./clock.ts";
import { isProviderUrl } from "./issuer.ts";
import type { Logger } from "./logger.ts";
import type { ProviderAnswer, ProviderClient } from "./provider-client.ts";

/** The endpoints that are discovered. */
export type EndpointName = "jwks_uri" | "introspection_endpoint";

/** Where a provider's endpoint is. */
export interface Discovery {
  /** The endpoint's URL, or undefined when the provider does not say (why is in the log). */
  readonly find: (signal: AbortSignal) => Promise<string | undefined>;
  /** Call it when the endpoint failed: it is looked up anew the next time. */
  readonly forget: () => void;
}

/** What discovery works with. */
export interface DiscoveryOptions {
  readonly issuer: string;
  readonly name: EndpointName;
  readonly ask: ProviderClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long an endpoint is believed to be where it was found. */
const reusableForMs = 10 * 60_000;

/** An endpoint that was configured and needs no discovery. */
export function createFixedEndpoint(url: string): Discovery {
  return { find: async () => url, forget: () => {} };
}

/**
 * Reads an endpoint from the issuer's metadata: OpenID Connect Discovery 1.0 section 4, else RFC 8414 section 3.
 * Metadata of another issuer (RFC 8414 section 3.3) and endpoints that are not https (loopback excepted) are refused.
 */
export function createDiscovery({ issuer, name, ask, clock, logger }: DiscoveryOptions): Discovery {
  let urls = toMetadataUrls(issuer);
  let known: { readonly endpoint: string; readonly foundAtMs: number } | undefined;
  let finding: Promise<string | undefined> | undefined;
  let complaint: string | undefined;

  async function look(signal: AbortSignal): Promise<string | undefined> {
    const problems: string[] = [];
    for (const url of urls) {
      const answer = await ask({ url, signal });
      const problem = findProblem(answer, issuer, name);
      const found = answer.kind === "answered" ? answer.json?.[name] : undefined;
      if (problem === undefined && typeof found === "string") {
        // The document that served is asked first the next time.
        urls = [url, ...urls.filter((other) => other !== url)];
        known = { endpoint: found, foundAtMs: clock.monotonicMs() };
        complaint = undefined;
        return found;
      }
      problems.push(`${new URL(url).pathname}: ${problem}`);
      // Metadata that is wrong is not made up for by other metadata.
      if (problem === otherIssuer || problem === otherUrl) break;
    }
    // The one that took all the time there was must not hide the other one for ever.
    if (signal.aborted) urls = urls.toReversed();
    // Once for each state of things, not once a request.
    const text = `The provider's ${name} cannot be found. ${problems.join("; ")}.`;
    if (complaint !== text) logger.error({ issuer }, text);
    complaint = text;
    return known?.endpoint;
  }

  return {
    find: async (signal) => {
      if (known !== undefined && clock.monotonicMs() - known.foundAtMs < reusableForMs) return known.endpoint;
      finding ??= look(signal).finally(() => {
        finding = undefined;
      });
      return finding;
    },
    forget: () => {
      known = undefined;
    },
  };
}

const otherIssuer =
  "it names another issuer; compare the configured one (AUTH_ISSUER) to the letter, its last slash too";
const otherUrl = "it names an address that is not an https URL";

function findProblem(answer: ProviderAnswer, issuer: string, name: EndpointName): string | undefined {
  if (answer.kind === "failed") return answer.why;
  if (answer.status !== 200) return `status ${answer.status}`;
  if (answer.json === undefined) return "it is not a JSON object";
  if (answer.json["issuer"] !== issuer) return otherIssuer;
  const endpoint = answer.json[name];
  if (endpoint === undefined) return `it has no ${name}`;
  return typeof endpoint === "string" && isProviderUrl(endpoint) ? undefined : otherUrl;
}

function toMetadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}
