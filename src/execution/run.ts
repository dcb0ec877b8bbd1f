import type { FieldNode, GraphQLError, GraphQLResolveInfo } from "graphql";
import type { Plan, PlannedField } from "./plan.ts";

/** Where something is in a response. */
export type Path = GraphQLResolveInfo["path"];

/** One execution of a plan. */
export interface Run {
  readonly plan: Plan;
  readonly contextValue: unknown;
  readonly variableValues: GraphQLResolveInfo["variableValues"];
  /** As graphql-js does, each execution has its own, which resolvers may know it by; so has each field its nodes. */
  readonly fragments: GraphQLResolveInfo["fragments"];
  readonly nodes: (readonly FieldNode[] | undefined)[];
  /** In the order in which they came; made with the first one. */
  errors: GraphQLError[] | undefined;
  /** Where they have left null; undefined in it: instead of all data. */
  nulled: Set<Path | undefined> | undefined;
}

/** Begins an execution; the variables are coerced. */
export function createRun(plan: Plan, contextValue: unknown, variableValues: Run["variableValues"]): Run {
  const fragments = Object.create(null);
  if (plan.fragments !== undefined) Object.assign(fragments, plan.fragments);
  return { plan, contextValue, variableValues, fragments, nodes: [], errors: undefined, nulled: undefined };
}

/** What a field's resolver is told; its members in graphql-js's order. */
export function toResolveInfo(run: Run, field: PlannedField, path: Path): GraphQLResolveInfo {
  const { plan, fragments, variableValues } = run;
  const { definition, parentType, index } = field;
  // The same for all rows of a list.
  run.nodes[index] ??= field.nodes === undefined ? [field.node] : [...field.nodes];
  const fieldNodes = run.nodes[index];
  return {
    fieldName: definition.name,
    fieldNodes,
    returnType: definition.type,
    parentType,
    path,
    schema: plan.schema,
    fragments,
    rootValue: undefined,
    operation: plan.operation,
    variableValues,
  };
}

/**
 * Adds an error that leaves null at a path; undefined: instead of all data. What is null already takes no further ones:
 * the response has no place for them.
 */
export function collectError(run: Run, error: GraphQLError, path: Path | undefined): void {
  run.errors ??= [];
  run.nulled ??= new Set();
  for (let at = path; at !== undefined; at = at.prev) if (run.nulled.has(at)) return;
  if (run.nulled.has(undefined)) return;
  run.nulled.add(path);
  run.errors.push(error);
}
