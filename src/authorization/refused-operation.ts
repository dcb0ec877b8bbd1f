import type { OperationDefinitionNode } from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import type { Refusal } from "../errors.ts";
import { assertGuarded } from "./guard.ts";
import { findRefusedFields, type PlannedOperation, type RefusedField } from "./refused-fields.ts";

/** `refuse-request`: a bad token, or one that cannot be checked, fails the whole request. */
export type InvalidTokenMode = "refuse-fields" | "refuse-request";

/** Why nothing of an operation may be executed. */
export interface RefusedOperation {
  /** Decides the status and the challenge. */
  readonly first: Refusal;
  /** Every root field that is refused; none where it is the request as a whole. */
  readonly fields: readonly RefusedField[];
}

/** An operation as Apollo Server knows it before it executes: there may be none of the name that was asked for. */
export type AskedOperation = Omit<PlannedOperation, "fields" | "operation"> & {
  readonly operation: OperationDefinitionNode | undefined;
};

/**
 * Decides about an operation as a whole, before any of it is executed: undefined when it may be, and what is refused of
 * it is then the schema's matter. Throws a `PolicyError` where the schema is not guarded.
 */
export function findRefusedOperation(
  asked: AskedOperation,
  caller: Authentication,
  invalidToken: InvalidTokenMode = "refuse-fields",
): RefusedOperation | undefined {
  const { mode, fields } = assertGuarded(asked.schema);
  if (mode === "report") return undefined;
  if (invalidToken === "refuse-request" && (caller.kind === "rejected" || caller.kind === "unavailable")) {
    return { first: caller.error, fields: [] };
  }
  const { operation } = asked;
  // Apollo's types promise an operation, but there is none for an unknown operationName: it answers that itself.
  const refused = operation === undefined ? [] : findRefusedFields({ ...asked, operation, fields }, caller);
  const [first] = refused;
  return first && { first: first.refusal, fields: refused };
}
