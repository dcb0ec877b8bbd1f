import {
  defaultFieldResolver,
  type ExecutionResult,
  type FieldNode,
  GraphQLError,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getArgumentValues,
  getVariableValues,
  isNonNullType,
  locatedError,
  responsePathAsArray,
} from "graphql";
import { completeLeaf } from "./complete-leaf.ts";
import type { Plan, PlannedField, PlannedValue } from "./plan.ts";
import { collectError, createRun, type Path, type Run, toResolveInfo } from "./run.ts";

type List = Extract<PlannedValue, { readonly kind: "list" }>;

/** What a plan is executed with: the variables as they were sent. */
export interface PlanArguments {
  readonly contextValue: unknown;
  readonly variableValues: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Executes a planned query as graphql-js's `execute` would: the same calls of resolvers in the same order, the same
 * data and the same errors, in less than a third of its time for large answers. Sections 6.2 to 6.4 of the GraphQL
 * specification; names and order are graphql-js's, so that the two can be read side by side.
 *
 * What a resolver changes in `info` itself has no effect: its types forbid it, and graphql-js would read some of it again.
 *
 * Without data nothing was executed: the variables do not fit, and only the first reason is told.
 */
export function executePlan(
  plan: Plan,
  { contextValue, variableValues: sent = {} }: PlanArguments,
): ExecutionResult | Promise<ExecutionResult> {
  const { schema, variableDefinitions, fields } = plan;
  const { errors, coerced = {} } =
    variableDefinitions === undefined ? {} : getVariableValues(schema, variableDefinitions, sent, { maxErrors: 1 });
  if (errors !== undefined) return { errors };
  const run = createRun(plan, contextValue, coerced);

  function fail(error: GraphQLError): ExecutionResult {
    collectError(run, error, undefined);
    return toResult(run, null);
  }

  try {
    const data = executeFields(run, fields, undefined, undefined);
    return isPromise(data) ? data.then((awaited) => toResult(run, awaited), fail) : toResult(run, data);
  } catch (error) {
    return fail(error as GraphQLError);
  }
}

function toResult({ errors }: Run, data: Data | null): ExecutionResult {
  return errors === undefined ? { data } : { errors, data };
}

type Data = Record<string, unknown>;

function executeFields(
  run: Run,
  fields: readonly PlannedField[],
  source: unknown,
  path: Path | undefined,
): Data | Promise<Data> {
  const data: Data = {};
  let containsPromise = false;
  try {
    for (const field of fields) {
      const value = executeField(run, field, source, { prev: path, key: field.key, typename: field.parentType.name });
      data[field.key] = value;
      if (isPromise(value)) containsPromise = true;
    }
  } catch (error) {
    if (!containsPromise) throw error;
    // What is still under way may fail too.
    return awaitValues(data).finally(() => {
      throw error;
    });
  }
  return containsPromise ? awaitValues(data) : data;
}

function awaitValues(data: Data): Promise<Data> {
  const keys = Object.keys(data);
  return Promise.all(Object.values(data)).then((values) =>
    Object.fromEntries(keys.map((key, index) => [key, values[index]])),
  );
}

function executeField(run: Run, field: PlannedField, source: unknown, path: Path): unknown {
  const { node, definition, value } = field;
  const info = toResolveInfo(run, field, path);
  try {
    const args = definition.args.length === 0 ? {} : getArgumentValues(definition, node, run.variableValues);
    const resolve = definition.resolve ?? defaultFieldResolver;
    const result: unknown = resolve(source, args, run.contextValue, info);
    const completed = isPromise(result)
      ? result.then((resolved) => completeValue(run, value, info, path, resolved))
      : completeValue(run, value, info, path, result);
    if (!isPromise(completed)) return completed;
    return completed.then(undefined, (error) => handleError(run, error, info.fieldNodes, definition.type, path));
  } catch (error) {
    return handleError(run, error, info.fieldNodes, definition.type, path);
  }
}

function completeValue(run: Run, value: PlannedValue, info: GraphQLResolveInfo, path: Path, result: unknown): unknown {
  if (result instanceof Error) throw result;
  const isAbsent = result === null || result === undefined;
  switch (value.kind) {
    case "non-null": {
      const completed = completeValue(run, value.inner, info, path, result);
      if (completed !== null) return completed;
      throw new Error(`Cannot return null for non-nullable field ${toCoordinate(info)}.`);
    }
    case "leaf":
      return isAbsent ? null : completeLeaf(value.type, result);
    case "object":
      return isAbsent ? null : executeFields(run, value.fields, result, path);
    case "list":
      return isAbsent ? null : completeList(run, value, info, path, result);
  }
}

function completeList(
  run: Run,
  { itemType, item }: List,
  info: GraphQLResolveInfo,
  path: Path,
  result: unknown,
): unknown {
  if (!isIterable(result)) {
    throw new GraphQLError(`Expected Iterable, but did not find one for field "${toCoordinate(info)}".`);
  }
  let containsPromise = false;
  const completed = Array.from(result, (element, key) => {
    const itemPath = { prev: path, key, typename: undefined };
    try {
      const value = isPromise(element)
        ? element.then((resolved) => completeValue(run, item, info, itemPath, resolved))
        : completeValue(run, item, info, itemPath, element);
      if (!isPromise(value)) return value;
      containsPromise = true;
      return value.then(undefined, (error) => handleError(run, error, info.fieldNodes, itemType, itemPath));
    } catch (error) {
      return handleError(run, error, info.fieldNodes, itemType, itemPath);
    }
  });
  return containsPromise ? Promise.all(completed) : completed;
}

/** Where null is allowed, the error is collected and null the value; elsewhere it is the parent's. */
function handleError(run: Run, raw: unknown, nodes: readonly FieldNode[], type: GraphQLOutputType, path: Path): null {
  const error = locatedError(raw, nodes, responsePathAsArray(path));
  if (isNonNullType(type)) throw error;
  collectError(run, error, path);
  return null;
}

function toCoordinate({ parentType, fieldName }: GraphQLResolveInfo): string {
  return `${parentType.name}.${fieldName}`;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Partial<Promise<unknown>> | null | undefined)?.then === "function";
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === "object" && typeof (value as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] === "function"
  );
}
