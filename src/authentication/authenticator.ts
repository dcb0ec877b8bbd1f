import { createRefusal } from "../errors.ts";
import type { AnswerStore } from "./answer-store.ts";
import type { AuthenticatorState } from "./authenticator-state.ts";
import { parseBearer, type RequestHeaders } from "./bearer.ts";
import { type Clock, systemClock } from "./clock.ts";
import { parseCompactForm } from "./compact-form.ts";
import { createDpopAuthenticator, type DpopOptions, findDpopProblems, refuseBound } from "./dpop.ts";
import { type Issuer, type IssuerOptions, type OptionProblem, parseIssuer } from "./issuer.ts";
import { createIssuerVerifier, type IssuerVerifier } from "./issuer-verifier.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { Authentication } from "./principal.ts";
import { askProvider, type ProviderClient } from "./provider-client.ts";
import { createTokenCache } from "./token-cache.ts";
import { createTokenCounts } from "./token-counts.ts";
import { rejected, type TokenVerifier } from "./verification.ts";

/** What an authenticator is made of. */
export interface AuthenticatorOptions {
  /** Whose tokens are accepted. With several, a JWT's `iss` chooses; at most one may use introspection. */
  readonly issuers: readonly IssuerOptions[];
  /** Whether tokens may, or must, be bound to a key (RFC 9449). Default: they must not. */
  readonly dpop?: DpopOptions | undefined;
  /** Where introspection answers are shared with other processes. Default: nowhere. */
  readonly answerStore?: AnswerStore | undefined;
  /** How many verified tokens are remembered. Default 10 000. */
  readonly maxCachedTokens?: number | undefined;
  /** Told of outages and misconfiguration; never given a token or a claim. Default: nobody. */
  readonly logger?: Logger | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
  /** Default: HTTP, bounded in time and size. */
  readonly askProvider?: ProviderClient | undefined;
}

/**
 * Tells who sends a request. Never rejects: a bad token and an outage are answers too.
 * With DPoP it needs the request's method, and is to be asked once a request: a proof is good for one.
 */
export interface Authenticator {
  (request: RequestHeaders): Promise<Authentication>;
  /** Asks the providers for what the first token will need. Resolves also when they cannot be asked. */
  readonly prepare: () => Promise<void>;
  /** For metrics: costs nothing but to read. */
  readonly readState: () => AuthenticatorState;
}

/** More digests than this do not fit into one Map. */
const maxCacheSize = 2 ** 24;

/**
 * Makes the function that turns a request's token into a caller, by the issuer's key set or by introspection.
 * Asks nothing of a provider before the first token. Throws a TypeError that lists everything wrong with the options.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { clock = systemClock, logger = silentLogger, maxCachedTokens = 10_000 } = options;
  const issuers = parseIssuers(options.issuers, maxCachedTokens, options.dpop);
  const ask = options.askProvider ? failInstead(options.askProvider) : askProvider;
  const verifiers = issuers.map((issuer) =>
    createIssuerVerifier({ issuer, ask, clock, logger, answerStore: options.answerStore, maxTokens: maxCachedTokens }),
  );
  const counts = createTokenCounts();
  const verify = counts.ofVerifications(chooseVerifier(verifiers));
  const lookUp = counts.ofLookUps(createTokenCache(verify, maxCachedTokens, clock));
  const anonymous: Authentication = Object.freeze({ kind: "anonymous" });
  const malformed: Authentication = Object.freeze({ kind: "rejected", error: createRefusal("invalid_header") });
  const bearerRefused: Authentication = Object.freeze({ kind: "rejected", error: createRefusal("invalid_token") });
  const clockToleranceS = Math.max(...issuers.map((issuer) => issuer.clockToleranceS));
  const { dpop = { mode: "off" } } = options;
  const withProof =
    dpop.mode === "off" ? undefined : createDpopAuthenticator({ dpop, lookUp, clockToleranceS, clock, logger });

  async function authenticate(request: RequestHeaders): Promise<Authentication> {
    const credentials = parseBearer(request);
    switch (credentials.kind) {
      case "none":
        return withProof?.(request) ?? anonymous;
      case "malformed":
        return malformed;
      case "token": {
        if (dpop.mode === "required") return bearerRefused;
        const known = lookUp(credentials);
        return refuseBound(known instanceof Promise ? await known : known);
      }
    }
  }

  return Object.assign(authenticate, {
    prepare: async () => {
      await Promise.all(verifiers.map(({ prepare }) => prepare()));
    },
    readState: () => ({
      ...counts.read(),
      issuers: verifiers.map(({ issuer: { issuer }, readState }) => ({ issuer, ...readState() })),
    }),
  });
}

/** Three parts, of which the first begins with a brace in base64url. */
const jwtLike = /^e[w-z][^.]*\.[^.]*\.[^.]*$/;

/** The unverified `iss` only chooses among the configured issuers; the chosen one then verifies it. */
function chooseVerifier(verifiers: readonly IssuerVerifier[]): TokenVerifier {
  const [only, ...others] = verifiers;
  if (only !== undefined && others.length === 0) return only.verify;
  const opaque = verifiers.find(({ issuer }) => issuer.method === "introspection");
  return async (token) => {
    const form = parseCompactForm(token);
    // One issuer's token that was damaged a little must not be shown to another.
    if (form === undefined && jwtLike.test(token)) return rejected("invalid_token");
    const named = verifiers.find(({ issuer }) => issuer.issuer === form?.unverifiedClaims["iss"]);
    const chosen = form === undefined ? opaque : named;
    return chosen?.verify(token) ?? rejected(form === undefined ? "invalid_token" : "invalid_claims");
  };
}

/** Somebody else's client that throws is a failed call, and no error of the request. */
function failInstead(ask: ProviderClient): ProviderClient {
  return async (request) => {
    try {
      return await ask(request);
    } catch {
      return { kind: "failed", why: "the call failed" };
    }
  };
}

function parseIssuers(
  options: readonly IssuerOptions[],
  maxCachedTokens: number,
  dpop: DpopOptions | undefined,
): readonly Issuer[] {
  const problems = dpop === undefined ? [] : toSentences("dpop", findDpopProblems(dpop));
  if (!Number.isInteger(maxCachedTokens) || maxCachedTokens < 1 || maxCachedTokens > maxCacheSize) {
    problems.push(`maxCachedTokens must be a whole number from 1 to ${maxCacheSize}`);
  }
  const issuers = (Array.isArray(options) ? options : []).flatMap((option, index) => {
    const result = parseIssuer(option);
    if (result.kind === "valid") return [result.issuer];
    problems.push(...toSentences(`issuers[${index}]`, result.problems));
    return [];
  });
  if (!options?.length) problems.push("issuers must name at least one issuer");
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) problems.push("issuers must differ");
  if (issuers.filter(({ method }) => method === "introspection").length > 1) {
    problems.push("issuers must not have more than one with introspection: an opaque token does not say whose it is");
  }
  if (problems.length > 0) throw new TypeError(`createAuthenticator: ${problems.join("; ")}.`);
  return issuers;
}

function toSentences(place: string, problems: readonly OptionProblem[]): string[] {
  return problems.map(({ option, message }) => `${place}${option && `.${option}`} ${message}`);
}
