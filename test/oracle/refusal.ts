import type { Caller, ResponseError } from "./execution.ts";
import { describeRequirement, isMet, type Requirement } from "./requirement.ts";

/** What the error of a refused field says. */
export type Refusal = Omit<ResponseError, "path">;

/** Why a caller does not get what requires this; undefined when the caller does. */
export function findRefusal(requirement: Requirement, caller: Caller): Refusal | undefined {
  switch (caller.kind) {
    case "anonymous":
      return { code: "UNAUTHENTICATED", reason: "authorization_header_missing" };
    case "rejected":
      return { code: "UNAUTHENTICATED", reason: caller.reason };
    case "unavailable":
      return { code: "SERVICE_UNAVAILABLE", reason: "provider_unavailable" };
    case "authenticated":
      return isMet(requirement, new Set(caller.scopes))
        ? undefined
        : { code: "FORBIDDEN", reason: "insufficient_scope", requiredScopes: describeRequirement(requirement) };
  }
}
