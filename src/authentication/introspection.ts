import type { AnswerStore } from "./answer-store.ts";
import type { Circuit } from "./circuit.ts";
import { checkClaims, isOtherTokenType, toScopes } from "./claims.ts";
import { createClientAuthentication } from "./client-authentication.ts";
import type { Clock } from "./clock.ts";
import type { Discovery } from "./discovery.ts";
import { type IntrospectionOutcome, parseIntrospectionAnswer } from "./introspection-answer.ts";
import type { Issuer } from "./issuer.ts";
import type { Logger } from "./logger.ts";
import { createPrincipal } from "./principal.ts";
import type { ProviderClient } from "./provider-client.ts";
import { createSharedAnswers, type KnownAnswer } from "./shared-answers.ts";
import { rejected, type TokenVerifier, unavailable, type Verification } from "./verification.ts";

/** What an introspection verifier works with. */
export interface IntrospectionOptions {
  readonly issuer: Issuer;
  readonly discovery: Discovery;
  readonly ask: ProviderClient;
  readonly circuit: Circuit;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where answers are shared with other processes; undefined: nowhere. */
  readonly answerStore?: AnswerStore | undefined;
  /** How many tokens may be remembered. */
  readonly maxTokens: number;
}

/** The longest that "not active" may be repeated: a token may be presented before all of the provider knows it. */
const inactiveForMs = 10_000;

/** How long a shared answer is believed without asking the store: deleted there, it is gone within a second. */
const believedForMs = 800;

/**
 * Asks the provider about each token (RFC 7662), a bounded number at a time, and not while it keeps failing.
 * An answer may be reused for `introspectionTtlS` from when it was asked for: so long a revoked token may still pass.
 * With a store, for as long as it is there: a token whose entry is deleted is asked about anew within a second.
 */
export function createIntrospectionVerifier(options: IntrospectionOptions): TokenVerifier {
  const { issuer, discovery, ask, circuit, clock, logger, answerStore: store, maxTokens } = options;
  const rules = {
    issuer: issuer.issuer,
    audiences: issuer.audience,
    clockToleranceS: issuer.clockToleranceS,
    required: issuer.audience.length > 0 ? ["aud"] : [],
  };
  const ttlMs = issuer.introspectionTtlS * 1000;
  const lookUp = store && ttlMs > 0 ? createSharedAnswers({ issuer, store, maxTokens, clock }) : undefined;
  const authenticate = createClientAuthentication(issuer, clock);
  const complaints = new Set<string>();

  async function introspect(token: string, signal: AbortSignal): Promise<IntrospectionOutcome> {
    const url = await discovery.find(signal);
    if (url === undefined) return { kind: "failed", why: "its introspection endpoint is not known" };
    const { headers, form } = await authenticate();
    const request = { url, form: { token, token_type_hint: "access_token", ...form }, signal };
    const answer = await ask({ ...request, ...(headers && { headers }) });
    if (answer.kind === "failed" || answer.status === 404) discovery.forget();
    return parseIntrospectionAnswer(answer, clock.wallMs());
  }

  function note(outcome: IntrospectionOutcome): IntrospectionOutcome {
    if (outcome.kind === "failed") {
      if (outcome.pauseMs !== undefined) circuit.pause(outcome.pauseMs);
      // Once an outage, not once a request.
      if (!complaints.has(outcome.why)) logger.error({}, `The provider cannot be asked about tokens: ${outcome.why}.`);
      complaints.add(outcome.why);
    } else if (complaints.size > 0) {
      complaints.clear();
      logger.info({}, "The provider can be asked about tokens again.");
    }
    return outcome;
  }

  /** `checkedAtMs`: when the answer was looked for in the store, or asked for. */
  function toVerification({ claims, askedAtMs }: KnownAnswer, checkedAtMs: number): Verification {
    if (isOtherTokenType(claims["token_type"])) return rejected("invalid_token");
    const reason = checkClaims(claims, rules, clock.wallMs() / 1000);
    if (reason !== undefined) return rejected(reason);
    const principal = createPrincipal(claims, issuer.issuer, toScopes(claims, issuer.scopeClaims));
    const believedUntilMs = lookUp === undefined ? Number.POSITIVE_INFINITY : checkedAtMs + believedForMs;
    return { kind: "verified", principal, reusableUntilMs: Math.min(askedAtMs + ttlMs, believedUntilMs) };
  }

  return async (token) => {
    let askedAtMs = clock.monotonicMs();
    const shared = await lookUp?.(token);
    if (shared?.known !== undefined) return toVerification(shared.known, askedAtMs);
    const signal = AbortSignal.timeout(issuer.timeoutMs);
    const outcome = await circuit.call(() => {
      askedAtMs = clock.monotonicMs();
      return introspect(token, signal).then(note);
    }, signal);
    switch (outcome?.kind) {
      case "active": {
        const answer = { claims: outcome.claims, askedAtMs };
        const verification = toVerification(answer, askedAtMs);
        if (verification.kind === "verified") await shared?.keep(answer);
        return verification;
      }
      case "inactive":
        return rejected("token_inactive", askedAtMs + Math.min(ttlMs, inactiveForMs));
      case "declined":
        // RFC 7662 names no other reason for a 400: it does not take such a token at all.
        return outcome.status === 400 ? rejected("invalid_token") : unavailable();
      case "failed":
      case undefined:
        return unavailable();
    }
  };
}
