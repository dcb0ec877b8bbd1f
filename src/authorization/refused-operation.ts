import type { OperationDefinitionNode } from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import type { Refusal } from "../errors.ts";
import { decide } from "./decision.ts";
import { assertGuarded } from "./guard.ts";
import {
  findRefusedFields,
  listPlainRequirements,
  type PlannedOperation,
  type RefusedField,
} from "./refused-fields.ts";

/** `refuse-request`: a bad token, or one that cannot be checked, fails the whole request. */
export type InvalidTokenMode = "refuse-fields" | "refuse-request";

/** Why nothing of an operation may be executed. */
interface RefusedOperation {
  /** Decides the status and the challenge. */
  readonly first: Refusal;
  /** Every root field that is refused; none where it is the request as a whole. */
  readonly fields: readonly RefusedField[];
}

/** An operation as Apollo Server knows it before it executes: there may be none of the name that was asked for. */
export type AskedOperation = Pick<PlannedOperation, "schema" | "document"> & {
  readonly operation: OperationDefinitionNode | undefined;
};

/** Why nothing of an operation may be executed for a caller; undefined when it may be, with these variables. */
export type OperationDecision = (
  variables: PlannedOperation["variables"],
  caller: Authentication,
) => RefusedOperation | undefined;

/**
 * Makes the function that decides about an operation as a whole, before any of it is executed; what is refused of one
 * that may be is then the schema's matter. Throws a `PolicyError` where the schema is not guarded.
 */
export function createOperationDecision(
  { schema, document, operation }: AskedOperation,
  invalidToken: InvalidTokenMode = "refuse-fields",
): OperationDecision {
  const { mode, fields } = assertGuarded(schema);
  if (mode === "report") return () => undefined;
  const refusesRequest = invalidToken === "refuse-request";
  // Apollo's types promise an operation, but there is none for an unknown operationName: it answers that itself.
  const planned = operation && { schema, fields, document, operation };
  const plain = planned ? listPlainRequirements(planned) : [];
  return (variables, caller) => {
    if (refusesRequest && (caller.kind === "rejected" || caller.kind === "unavailable")) {
      return { first: caller.error, fields: [] };
    }
    // Most often the first one, and all is said.
    if (!planned || plain.some((asked) => asked === undefined || decide(asked, caller) === undefined)) return undefined;
    const refused = findRefusedFields({ ...planned, variables }, caller);
    const [first] = refused;
    return first && { first: first.refusal, fields: refused };
  };
}
