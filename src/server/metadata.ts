import type { FastifyInstance } from "fastify";
import { type DpopMode, dpopAlgorithms } from "../errors.ts";

const wellKnown = "/.well-known/oauth-protected-resource";

/** What this API says of itself to OAuth clients (RFC 9728 section 2). */
export interface ResourceDescription {
  /** This API's resource identifier. */
  readonly publicUrl: string;
  readonly issuers: readonly string[];
  /** Every scope the schema asks for. */
  readonly scopes: readonly string[];
  readonly dpop: DpopMode;
}

/** Where the metadata of a resource is (RFC 9728 section 3.1): its path goes behind the well-known one. */
export function toMetadataUrl(publicUrl: string): string {
  const { origin, pathname } = new URL(publicUrl);
  return `${origin}${wellKnown}${pathname === "/" ? "" : pathname}`;
}

/** Serves the metadata at the well-known path, and below it at the path of the resource where it has one. */
export function registerMetadata(fastify: FastifyInstance, description: ResourceDescription): void {
  const { publicUrl, issuers, scopes, dpop } = description;
  const metadata = {
    resource: publicUrl,
    authorization_servers: issuers,
    scopes_supported: scopes,
    bearer_methods_supported: ["header"],
    ...(dpop !== "off" && { dpop_signing_alg_values_supported: dpopAlgorithms }),
    ...(dpop === "required" && { dpop_bound_access_tokens_required: true }),
  };
  fastify.get(wellKnown, async () => metadata);
  // Compared and not made a route: a path may hold what routes take for patterns.
  const { pathname } = new URL(toMetadataUrl(publicUrl));
  fastify.get(`${wellKnown}/*`, (request, reply) =>
    request.url.split("?")[0] === pathname ? reply.send(metadata) : reply.callNotFound(),
  );
}

/** Whether a URL names every address of a machine, as `HOST` does in containers, and so no place that a client could find. */
export function isEveryAddress(url: string): boolean {
  return ["0.0.0.0", "[::]"].includes(new URL(url).hostname);
}
