import type { Authentication } from "../authentication/principal.ts";
import { createRefusal, isRefusalReason, type Refusal } from "../errors.ts";
import { isSatisfied, type Requirement } from "./requirement.ts";

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

/** Who calls, of whatever was given as the context: what is not in the form of `AuthContext` is anonymous. */
export function readAuthentication(context: unknown): Authentication {
  const authentication = (context as Partial<AuthContext> | null | undefined)?.authentication;
  switch (authentication?.kind) {
    case "authenticated":
      return typeof authentication.principal?.scopes?.has === "function" ? authentication : anonymous;
    case "rejected":
    case "unavailable": {
      const { kind, error } = authentication;
      // Made anew: somebody else's error could say more than it should.
      return isRefusalReason(error?.reason) ? { kind, error: createRefusal(error.reason) } : anonymous;
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
