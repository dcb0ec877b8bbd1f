import { hash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Authentication, Principal } from "../authentication/principal.ts";
import type { Count } from "../shared-cache/count-in-window.ts";
import { toClientNetwork } from "./client-network.ts";
import type { CountInWindow } from "./request-counts.ts";
import type { UnknownTokens } from "./unknown-tokens.ts";

/** How much one caller may ask. */
export interface RateLimitOptions {
  /** 0: as much as it likes. */
  readonly requestsPerMinute: number;
  readonly count: CountInWindow;
  /** Where a token that is not known costs something at the provider. Default: it does not. */
  readonly unknownTokens?: UnknownTokens | undefined;
}

/** Counts a request, at once where it can; throws an error of status 429, with `Retry-After` in the reply, when it is one too many. */
export interface CountRequest {
  (request: FastifyRequest, reply: FastifyReply): Promise<void> | undefined;
  /** To be called before a request is authenticated: throws the same error when that would spend too much. */
  readonly refuseUnknown: (request: FastifyRequest, reply: FastifyReply) => void;
}

const windowMs = 60_000;

/**
 * Makes the function that counts requests, each window of a minute beginning with a caller's first one. It is to be
 * called once a request has been authenticated: callers are told apart by who they are, and only those that are nobody,
 * or whom nobody can vouch for, by where they come from. So tokens that are made up count for one address, which once it
 * has sent too many has no others looked at.
 */
export function createRateLimit({ requestsPerMinute, count, unknownTokens }: RateLimitOptions): CountRequest {
  if (requestsPerMinute === 0) return Object.assign(() => undefined, { refuseUnknown: () => {} });

  function conclude(request: FastifyRequest, reply: FastifyReply, { current, ttl }: Count): undefined {
    unknownTokens?.learn(request, { remaining: Math.max(0, requestsPerMinute - current), ttl });
    if (current > requestsPerMinute) refuse(reply, ttl);
  }

  const countRequest = (request: FastifyRequest, reply: FastifyReply): Promise<void> | undefined => {
    const counted = count(toCallerKey(request), windowMs);
    if (!(counted instanceof Promise)) return conclude(request, reply, counted);
    return counted.then((shared) => conclude(request, reply, shared));
  };
  return Object.assign(countRequest, {
    refuseUnknown: (request: FastifyRequest, reply: FastifyReply): void => {
      const waitMs = unknownTokens?.findWaitMs(request) ?? 0;
      if (waitMs > 0) refuse(reply, waitMs);
    },
  });
}

function refuse(reply: FastifyReply, waitMs: number): never {
  reply.header("retry-after", Math.max(1, Math.ceil(waitMs / 1000)));
  throw Object.assign(new Error("Too many requests."), { statusCode: 429, code: "RATE_LIMITED" });
}

/** Of those who were authenticated: the authenticator keeps them with their tokens, of which most are known. */
const knownKeys = new WeakMap<Authentication, string>();

/**
 * Whose request it is, as a digest: a key of one length, whatever the subject, and no names in a store that others may
 * look into. It hides no caller from who tries: there are few enough addresses to compute the digest of each.
 */
function toCallerKey(request: FastifyRequest): string {
  const { authentication } = request;
  const known = authentication && knownKeys.get(authentication);
  if (known !== undefined) return known;
  const names = authentication?.kind === "authenticated" ? identify(authentication.principal) : undefined;
  if (authentication === undefined || names === undefined) return digest(["address", toClientNetwork(request.ip)]);
  const key = digest(names);
  knownKeys.set(authentication, key);
  return key;
}

function identify({ issuer, subject, clientId }: Principal): readonly string[] | undefined {
  if (subject !== undefined) return ["subject", issuer, subject];
  return clientId === undefined ? undefined : ["client", issuer, clientId];
}

function digest(names: readonly string[]): string {
  return hash("sha256", JSON.stringify(names), "base64url");
}
