import { type GraphQLResolveInfo, isNonNullType, responsePathAsArray } from "graphql";

/** Of each execution, the places in its response of which a refusal was told; the indices of lists are left out. */
const toldPlaces = new WeakMap<object, Set<string>>();

/**
 * Whether an error of this execution tells the refusal of a field already, and notes that it is told now:
 * of a list, the first item's error stands for all. Never for a field that must not be null: it has to fail each time.
 */
export function isToldAlready({ variableValues, path, returnType }: GraphQLResolveInfo): boolean {
  if (isNonNullType(returnType)) return false;
  const told = toldPlaces.get(variableValues) ?? new Set();
  toldPlaces.set(variableValues, told);
  const place = responsePathAsArray(path)
    .filter((key) => typeof key === "string")
    .join(".");
  const isAgain = told.has(place);
  told.add(place);
  return isAgain;
}
