import { GraphQLError, type GraphQLErrorOptions } from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import { createRefusal, type Refusal } from "../errors.ts";
import { isSatisfied, type Requirement } from "./requirement.ts";

/** The part of the GraphQL context that every guarded schema relies on. */
export interface AuthContext {
  readonly authentication: Authentication;
}

/**
 * The context inside a resolver of a guarded field, which is only called for a caller with a verified token.
 * For `directiveContextTypes` of GraphQL Code Generator.
 */
export type Authenticated<Context> = Omit<Context, "authentication"> & {
  readonly authentication: Extract<Authentication, { kind: "authenticated" }>;
};

const unauthenticated = createRefusal("authorization_header_missing");

/**
 * Why a caller does not get what requires this, or undefined when it does.
 * A context that does not say who calls, in the form of `AuthContext`, is refused.
 */
export function decide(requirement: Requirement, context: unknown): Refusal | undefined {
  const authentication = (context as Partial<AuthContext> | null | undefined)?.authentication;
  switch (authentication?.kind) {
    case "authenticated": {
      const scopes = authentication.principal?.scopes;
      if (typeof scopes?.has !== "function") return unauthenticated;
      if (isSatisfied(requirement, scopes)) return undefined;
      return createRefusal("insufficient_scope", requirement.alternatives);
    }
    case "rejected":
    case "unavailable":
      return authentication.error ?? unauthenticated;
    default:
      return unauthenticated;
  }
}

/** A refusal as an error of a GraphQL response: `code`, `reason` and, for a missing scope, `requiredScopes`. */
export function toGraphQLError(refusal: Refusal, at: Pick<GraphQLErrorOptions, "nodes" | "path"> = {}): GraphQLError {
  const { message, ...extensions } = refusal;
  return new GraphQLError(message, { ...at, extensions });
}
