import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import type { Clock } from "../authentication/clock.ts";
import { toClientNetwork } from "./client-network.ts";

/** What the count of a request leaves to whom it was counted for. */
interface Rest {
  readonly remaining: number;
  /** How long the window still lasts, in milliseconds. */
  readonly ttl: number;
}

/** Tells which requests would only cost a call to the provider. */
export interface UnknownTokens {
  /** How long, in milliseconds, a request is to wait, by what is known before it is authenticated; 0: not at all. */
  readonly findWaitMs: (request: FastifyRequest) => number;
  /** To be told of each request that was authenticated and counted. */
  readonly learn: (request: FastifyRequest, rest: Rest) => void;
}

/** How many addresses, and how many good headers, are remembered: those that came last, some 2 MB each at most. */
const maxRemembered = 10_000;

/**
 * Remembers which addresses have used up their window with requests of nobody or with tokens that nobody vouches for,
 * and the SHA-256 digests of the `Authorization` headers that were good. Who makes up tokens can so have no more of them
 * introspected than an address may send requests (but for those under way when it has used up its window), and others
 * at the same address go on with the tokens they have. Knows of this process only.
 */
export function createUnknownTokens(clock: Clock): UnknownTokens {
  const good = new LRUCache<string, true>({ max: maxRemembered });
  /** When each address may send again, on the monotonic clock. */
  const usedUp = new LRUCache<string, number>({ max: maxRemembered });

  return {
    findWaitMs: (request) => {
      const { authorization } = request.headers;
      if (authorization === undefined || usedUp.size === 0) return 0;
      const address = toClientNetwork(request.ip);
      const waitMs = (usedUp.get(address) ?? 0) - clock.monotonicMs();
      if (waitMs > 0) return good.has(toDigest(authorization)) ? 0 : waitMs;
      usedUp.delete(address);
      return 0;
    },
    learn: (request, { remaining, ttl }) => {
      const { authorization } = request.headers;
      const kind = request.authentication?.kind;
      if (authorization !== undefined && kind === "authenticated") good.set(toDigest(authorization), true);
      // An outage says nothing about a token.
      if (authorization !== undefined && kind === "rejected") good.delete(toDigest(authorization));
      if (kind !== "authenticated" && remaining === 0)
        usedUp.set(toClientNetwork(request.ip), clock.monotonicMs() + ttl);
    },
  };
}

function toDigest(authorization: string): string {
  return hash("sha256", authorization, "base64");
}
