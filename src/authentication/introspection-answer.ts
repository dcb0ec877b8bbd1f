import type { Claims } from "./principal.ts";
import type { ProviderAnswer } from "./provider-client.ts";

/** What an introspection endpoint's answer comes to. */
export type IntrospectionOutcome =
  | { readonly kind: "active"; readonly claims: Claims }
  | { readonly kind: "inactive" }
  /** It takes this request for wrong: nothing is known of the token, and nothing is wrong with the provider. */
  | { readonly kind: "declined"; readonly status: number }
  /** It cannot be asked now. `why` is for the log. */
  | { readonly kind: "failed"; readonly why: string; readonly pauseMs?: number };

/** Statuses of the 400s that tell of us or of the provider, and not of what a caller sent. */
const notTheCallers: readonly number[] = [401, 403, 404, 405, 407, 408, 425, 429];

/** The pause after a 429 that names none, and the longest that one can ask for. */
const usualPauseMs = 5000;
const longestPauseMs = 60_000;

const refusesUs = "it refuses our own credentials (AUTH_CLIENT_ID with AUTH_CLIENT_SECRET or AUTH_CLIENT_KEY)";

/** Reads the answer to an introspection request (RFC 7662 section 2.2). Does not check claims. */
export function parseIntrospectionAnswer(answer: ProviderAnswer, wallMs: number): IntrospectionOutcome {
  if (answer.kind === "failed") return answer;
  const { status, json, retryAfter } = answer;
  if (status === 401 || status === 403) return { kind: "failed", why: refusesUs };
  if (status === 429) {
    return { kind: "failed", why: "it is asked too often", pauseMs: toPauseMs(retryAfter ?? "", wallMs) };
  }
  if (status >= 400 && status < 500 && !notTheCallers.includes(status)) return { kind: "declined", status };
  if (status !== 200) return { kind: "failed", why: `it answers with status ${status}` };
  if (json?.["active"] === false) return { kind: "inactive" };
  if (json?.["active"] !== true) return { kind: "failed", why: "its answer is not an introspection response" };
  // Some servers write null for a member that they do not have.
  return { kind: "active", claims: Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null)) };
}

/** `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date. */
function toPauseMs(retryAfter: string, wallMs: number): number {
  if (/^\d+$/.test(retryAfter)) return Math.min(longestPauseMs, Number(retryAfter) * 1000);
  const dateMs = /^[A-Z][a-z]+, /.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  return Number.isNaN(dateMs) ? usualPauseMs : Math.min(longestPauseMs, Math.max(0, dateMs - wallMs));
}
