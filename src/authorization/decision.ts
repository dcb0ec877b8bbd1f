import type { Authentication } from "../authentication/principal.ts";
import { createRefusal, isRefusalReason, type Refusal } from "../errors.ts";
import type { Demand } from "./demands.ts";
import { combineSome, isSatisfied, type Requirement } from "./requirement.ts";

/** The part of the GraphQL context that every guarded schema relies on. */
export interface AuthContext {
  readonly authentication: Authentication;
}

/**
 * The context inside a resolver of a guarded field, which is only called for a caller with a verified token.
 * For `directiveContextTypes` of GraphQL Code Generator.
 */
export type Authenticated<Context> = Context & {
  readonly authentication: Extract<Authentication, { kind: "authenticated" }>;
};

const anonymous: Authentication = { kind: "anonymous" };
const unauthenticated = createRefusal("authorization_header_missing");

/** What a context, whatever it is, has as its `authentication`. */
export function findAuthentication(context: unknown): unknown {
  return (context as Partial<AuthContext> | null | undefined)?.authentication;
}

/** Who calls, of whatever a context has as its `authentication`: what is not in that form is anonymous. */
export function parseAuthentication(given: unknown): Authentication {
  const authentication = given as Authentication | null | undefined;
  switch (authentication?.kind) {
    case "authenticated":
      return typeof authentication.principal?.scopes?.has === "function" ? authentication : anonymous;
    case "rejected":
    case "unavailable": {
      const { kind, error } = authentication;
      if (!isRefusalReason(error?.reason)) return anonymous;
      // Made anew: somebody else's error could say more than it should.
      const refusal = createRefusal(error.reason);
      return kind === "rejected" ? { kind, error: refusal, scheme: authentication.scheme } : { kind, error: refusal };
    }
    default:
      return anonymous;
  }
}

/** Why a caller does not get what requires this, or undefined when it does. */
export function decide(requirement: Requirement, authentication: Authentication): Refusal | undefined {
  switch (authentication.kind) {
    case "anonymous":
      return unauthenticated;
    case "authenticated":
      return isSatisfied(requirement, authentication.principal.scopes)
        ? undefined
        : createRefusal("insufficient_scope", requirement.alternatives);
    case "rejected":
    case "unavailable":
      return authentication.error;
  }
}

/** Why a selection is refused, and what of it asks for more than its caller has. */
export interface RefusedSelection {
  readonly coordinate: string;
  readonly refusal: Refusal;
}

/**
 * Why a caller does not get a selection that asks for all of this, or undefined when it does. Where scopes are missing
 * the refusal names what the whole selection requires: a token with just what was missing would be refused again.
 */
export function decideSelection(
  demands: readonly Demand[],
  decideOne: (requirement: Requirement) => Refusal | undefined,
): RefusedSelection | undefined {
  for (const { coordinate, requirement } of demands) {
    const refusal = decideOne(requirement);
    if (refusal === undefined) continue;
    if (refusal.reason !== "insufficient_scope" || demands.length === 1) return { coordinate, refusal };
    const all = demands.map((demand) => demand.requirement).reduce(combineSome);
    return { coordinate, refusal: createRefusal("insufficient_scope", all.alternatives) };
  }
  return undefined;
}

/** For how long a caller may still be served, in milliseconds; not above zero when the token has expired. */
export function toRemainingMs(authentication: Authentication): number {
  if (authentication.kind !== "authenticated") return Number.POSITIVE_INFINITY;
  const { expiresAtSeconds } = authentication.principal;
  if (expiresAtSeconds === undefined) return Number.POSITIVE_INFINITY;
  const remainingMs = expiresAtSeconds * 1000 - Date.now();
  return Number.isNaN(remainingMs) ? 0 : remainingMs;
}
