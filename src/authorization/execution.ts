import type { GraphQLResolveInfo } from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import { createRefusal, type Refusal } from "../errors.ts";
import { decide, findAuthentication, parseAuthentication, toRemainingMs } from "./decision.ts";
import { createObjectNotes } from "./object-notes.ts";
import type { Requirement } from "./requirement.ts";
import type { ToldRefusals } from "./told-refusals.ts";

/** What is known of one execution of an operation: who calls, what was decided, and which refusals were told. */
export interface Execution {
  /** Tells one execution from every other. */
  readonly number: number;
  readonly variableValues: unknown;
  /** As found in the context. */
  readonly givenAuthentication: unknown;
  readonly authentication: Authentication;
  /** What was decided of rules that are met in several places; made with the first. */
  refusals: Map<Requirement, Refusal | undefined> | undefined;
  /** Made with the first refusal. */
  told: ToldRefusals | undefined;
}

let executions = 0;

/**
 * The execution to which the last call that was looked up belongs; none has the number 0. One for all schemas, outside
 * of every function: what V8 compiles for a guard then knows where it is, which is half of what a guard costs.
 */
let latest: Pick<Execution, "number" | "variableValues" | "givenAuthentication"> = {
  number: 0,
  variableValues: undefined,
  givenAuthentication: undefined,
};

/** Whether a resolver's call belongs to the execution of this number. May be false where it does. */
export function isWithin(number: number, context: unknown, info: GraphQLResolveInfo): boolean {
  return (
    latest.number === number &&
    latest.variableValues === info.variableValues &&
    latest.givenAuthentication === findAuthentication(context)
  );
}

/**
 * Makes the function that tells to which execution a resolver's call belongs. graphql-js makes the variable values
 * anew for each execution, and for each event of a subscription: so they tell one from another, also when the caller
 * uses a context again. Where an executor gives none, or frozen ones, which it may give again, every call stands alone.
 *
 * What is known is noted on the variable values.
 *
 * Calls `onStart`, if given, before anything else of an execution; when it throws, so does the function.
 */
export function createExecutionFinder(
  onStart: (info: GraphQLResolveInfo) => void = () => undefined,
): (context: unknown, info: GraphQLResolveInfo) => Execution {
  const notes = createObjectNotes<Execution>();

  return (context, info) => {
    const given = findAuthentication(context);
    const variableValues: object | undefined = info.variableValues;
    if (variableValues === undefined || !Object.isExtensible(variableValues)) {
      onStart(info);
      return createExecution(given, info);
    }
    let execution = notes.read(variableValues);
    if (execution === undefined || execution.givenAuthentication !== given) {
      onStart(info);
      execution = createExecution(given, info);
      notes.write(variableValues, execution);
    }
    latest = execution;
    return execution;
  };
}

function createExecution(given: unknown, { variableValues, operation }: GraphQLResolveInfo): Execution {
  const authentication = parseAuthentication(given);
  executions += 1;
  return {
    number: executions,
    variableValues,
    givenAuthentication: given,
    // A query is over before it matters; a subscription must not outlive its token.
    authentication: operation?.operation === "subscription" ? expire(authentication) : authentication,
    refusals: undefined,
    told: undefined,
  };
}

const expired: Authentication = { kind: "rejected", error: createRefusal("token_expired") };

function expire(authentication: Authentication): Authentication {
  return toRemainingMs(authentication) > 0 ? authentication : expired;
}

/** Why an execution's caller does not get what requires this, or undefined when it does. Decided once. */
export function decideOnce(requirement: Requirement, execution: Execution): Refusal | undefined {
  execution.refusals ??= new Map();
  const { refusals, authentication } = execution;
  let refusal = refusals.get(requirement);
  if (refusal === undefined && !refusals.has(requirement)) {
    refusal = decide(requirement, authentication);
    refusals.set(requirement, refusal);
  }
  return refusal;
}
