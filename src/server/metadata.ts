import type { FastifyInstance } from "fastify";

const wellKnown = "/.well-known/oauth-protected-resource";

/** What this API says of itself to OAuth clients (RFC 9728 section 2). */
export interface ResourceDescription {
  /** This API's resource identifier. */
  readonly publicUrl: string;
  readonly issuers: readonly string[];
  /** Every scope the schema asks for. */
  readonly scopes: readonly string[];
}

/** Where the metadata of a resource is (RFC 9728 section 3.1): its path goes behind the well-known one. */
export function toMetadataUrl(publicUrl: string): string {
  const { origin, pathname } = new URL(publicUrl);
  return `${origin}${wellKnown}${pathname === "/" ? "" : pathname}`;
}

/** Serves the metadata at the well-known path, and below it at the path of the resource where it has one. */
export function registerMetadata(fastify: FastifyInstance, { publicUrl, issuers, scopes }: ResourceDescription): void {
  const metadata = {
    resource: publicUrl,
    authorization_servers: issuers,
    scopes_supported: scopes,
    bearer_methods_supported: ["header"],
  };
  fastify.get(wellKnown, async () => metadata);
  // Compared and not made a route: a path may hold what routes take for patterns.
  const { pathname } = new URL(toMetadataUrl(publicUrl));
  fastify.get(`${wellKnown}/*`, (request, reply) =>
    request.url.split("?")[0] === pathname ? reply.send(metadata) : reply.callNotFound(),
  );
}
