import { type FieldNode, type GraphQLResolveInfo, isNonNullType, responsePathAsArray } from "graphql";

/** Of each execution, the selections of which a refusal was told, with their places in the response. */
const toldRefusals = new WeakMap<object, Map<FieldNode | undefined, Set<string>>>();

/**
 * Whether an error of this execution tells the refusal of this selection already: of a list, the first item's error
 * stands for all. Never for a field that must not be null: it has to fail each time.
 */
export function isTold({ variableValues, fieldNodes, path, returnType }: GraphQLResolveInfo): boolean {
  if (isNonNullType(returnType)) return false;
  return toldRefusals.get(variableValues)?.get(fieldNodes[0])?.has(toPlace(path)) ?? false;
}

/** Notes that an error of this execution tells the refusal of this selection. */
export function noteTold({ variableValues, fieldNodes, path }: GraphQLResolveInfo): void {
  if (variableValues === undefined) return;
  const selections = toldRefusals.get(variableValues) ?? new Map<FieldNode | undefined, Set<string>>();
  toldRefusals.set(variableValues, selections);
  const places = selections.get(fieldNodes[0]) ?? new Set();
  selections.set(fieldNodes[0], places.add(toPlace(path)));
}

/** A response path without the indices of lists. */
function toPlace(path: GraphQLResolveInfo["path"]): string {
  return responsePathAsArray(path)
    .filter((key) => typeof key === "string")
    .join(".");
}
