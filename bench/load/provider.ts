import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { audience, createTokenSource, issuer } from "../token-source.ts";

/** Everything that any of the bench's operations requires. */
const scope = "read:admin-messages read:rows";

/** A provider on 127.0.0.1, in the bench's own process: servers ask it once, and then know. */
export interface Provider {
  readonly jwksUri: string;
  readonly introspectionEndpoint: string;
  /** An RS256 token with every scope that is asked for, good for an hour; each time another one. */
  readonly nextToken: () => string;
  readonly stop: () => void;
}

/** The opaque token that grants so many scopes more than are asked for. */
export function toOpaqueToken(otherScopes: number): string {
  return `opaque-${otherScopes}`;
}

/** Starts a provider that publishes its key, and introspects the tokens of `toOpaqueToken`. */
export async function startProvider(): Promise<Provider> {
  const source = createTokenSource("RS256", scope);
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const answer = request.url === "/jwks" ? source.keys : introspect(form.get("token"));
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  // No reason to go on: the bench ends when it has measured.
  server.unref();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    jwksUri: `${origin}/jwks`,
    introspectionEndpoint: `${origin}/introspect`,
    nextToken: source.next,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function introspect(token: string | null): object {
  const [, others] = token?.match(/^opaque-(\d+)$/) ?? [];
  if (others === undefined) return { active: false };
  const names = Array.from({ length: Number(others) }, (_, index) => `read:other-${index}`);
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return { active: true, iss: issuer, aud: audience, sub: "x", exp, scope: [scope, ...names].join(" ") };
}
