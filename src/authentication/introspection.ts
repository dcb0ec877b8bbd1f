import { checkClaims, isOtherTokenType, toScopes } from "./claims.ts";
import type { Clock } from "./clock.ts";
import type { Discovery } from "./discovery.ts";
import type { Issuer } from "./issuer.ts";
import type { Logger } from "./logger.ts";
import { createPrincipal } from "./principal.ts";
import type { ProviderAnswer, ProviderClient } from "./provider-client.ts";
import { rejected, type TokenVerifier, unavailable, type Verification } from "./verification.ts";

/** What an introspection verifier works with. */
export interface IntrospectionOptions {
  readonly issuer: Issuer;
  readonly discovery: Discovery;
  readonly ask: ProviderClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Asks the provider about each token (RFC 7662), with client_secret_basic (RFC 6749 section 2.3.1).
 * An active answer may be reused for `introspectionTtlS`: so long a revoked token may still pass.
 */
export function createIntrospectionVerifier(options: IntrospectionOptions): TokenVerifier {
  const { issuer, discovery, ask, clock, logger } = options;
  const rules = {
    issuer: issuer.issuer,
    audiences: issuer.audience,
    clockToleranceS: issuer.clockToleranceS,
    required: issuer.audience.length > 0 ? ["aud"] : [],
  };
  const headers = { Authorization: toBasic(issuer.clientId ?? "", issuer.clientSecret ?? "") };
  let failing = false;

  async function introspect(token: string): Promise<ProviderAnswer> {
    const signal = AbortSignal.timeout(issuer.timeoutMs);
    const url = await discovery.find(signal);
    if (url === undefined) return { kind: "failed", why: "its introspection endpoint is not known" };
    return ask({ url, form: { token, token_type_hint: "access_token" }, headers, signal });
  }

  function fail(why: string): Verification {
    // Once an outage, not once a request.
    if (!failing) logger.error({}, `The provider cannot be asked about tokens: ${why}.`);
    failing = true;
    return unavailable();
  }

  function toVerification(claims: Readonly<Record<string, unknown>>): Verification {
    if (claims["active"] !== true) return rejected("token_inactive");
    if (isOtherTokenType(claims["token_type"])) return rejected("invalid_token");
    const reason = checkClaims(claims, rules, clock.wallMs() / 1000);
    if (reason !== undefined) return rejected(reason);
    const principal = createPrincipal(claims, issuer.issuer, toScopes(claims, issuer.scopeClaims));
    return { kind: "verified", principal, reusableUntilMs: clock.monotonicMs() + issuer.introspectionTtlS * 1000 };
  }

  return async (token) => {
    const answer = await introspect(token);
    if (answer.kind === "failed" || answer.status === 404) discovery.forget();
    if (answer.kind === "failed") return fail(answer.why);
    const { status, json } = answer;
    // The provider does not take such a token at all: the caller's fault, not an outage.
    if (status === 400) return rejected("invalid_token");
    if (status === 401 || status === 403)
      return fail("it refuses our client id and secret (AUTH_CLIENT_ID, AUTH_CLIENT_SECRET)");
    if (status !== 200) return fail(`it answers with status ${status}`);
    if (typeof json?.["active"] !== "boolean") return fail("its answer is not an introspection response");
    if (failing) logger.info({}, "The provider can be asked about tokens again.");
    failing = false;
    // Some servers write null for a member that they do not have.
    return toVerification(Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null)));
  };
}

/** Credentials are form-encoded before they are joined (RFC 6749 section 2.3.1 and appendix B). */
function toBasic(clientId: string, clientSecret: string): string {
  const encode = (value: string): string => new URLSearchParams({ "": value }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString("base64")}`;
}
