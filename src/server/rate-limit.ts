import { hash } from "node:crypto";
import rateLimit, { type FastifyRateLimitStoreCtor, normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Authentication, Principal } from "../authentication/principal.ts";
import type { UnknownTokens } from "./unknown-tokens.ts";

/** How much one caller may ask. */
export interface RateLimitOptions {
  /** 0: as much as it likes. */
  readonly requestsPerMinute: number;
  /** Where the counts are kept. Default: in this process, for the callers that came last. */
  readonly store?: FastifyRateLimitStoreCtor | undefined;
  /** Where a token that is not known costs something at the provider. Default: it does not. */
  readonly unknownTokens?: UnknownTokens | undefined;
}

/** Counts a request; throws an error of status 429, with `Retry-After` in the reply, when it is one too many. */
export interface CountRequest {
  (request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** To be called before a request is authenticated: throws the same error when that would spend too much. */
  readonly refuseUnknown: (request: FastifyRequest, reply: FastifyReply) => void;
}

/** How many callers are remembered, those that came last: some 2 MB. */
const maxCallers = 10_000;

/**
 * Makes the function that counts requests, each window of a minute beginning with a caller's first one. It is to be
 * called once a request has been authenticated: callers are told apart by who they are, and only those that are nobody,
 * or whom nobody can vouch for, by where they come from. So tokens that are made up count for one address, which once it
 * has sent too many has no others looked at.
 */
export async function registerRateLimit(fastify: FastifyInstance, options: RateLimitOptions): Promise<CountRequest> {
  if (options.requestsPerMinute === 0) return Object.assign(async () => {}, { refuseUnknown: () => {} });
  await fastify.register(rateLimit, {
    global: false,
    max: options.requestsPerMinute,
    timeWindow: 60_000,
    cache: maxCallers,
    keyGenerator: toCallerKey,
    // Whoever cannot be counted is let in: an outage of the store is not to be one of the API.
    skipOnError: true,
    ...(options.store !== undefined && { store: options.store }),
  });
  // Without options of its own: with some, the library would forget how many callers to remember.
  const count = fastify.createRateLimit();
  const { unknownTokens } = options;
  const countRequest = (request: FastifyRequest, reply: FastifyReply): Promise<void> =>
    count(request).then((counted) => {
      if (counted.isAllowed) return;
      unknownTokens?.learn(request, counted);
      if (counted.isExceeded) refuse(reply, counted.ttl);
    });
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
  // Of IPv6 the network: a single household has more addresses than could be counted.
  if (authentication === undefined || names === undefined) return digest(["address", normalizeIP(request.ip)]);
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
