import type { FieldNode, GraphQLResolveInfo } from "graphql";

type Path = GraphQLResolveInfo["path"];

/** Of one execution, by the first node of each selection that was refused: where in the response that is told. */
export type ToldRefusals = Map<FieldNode | undefined, ToldPlaces>;

interface ToldPlaces {
  latest: Path;
  readonly all: Set<string>;
}

/**
 * Notes that the refusal of a selection is told, at a place of the response; whether it was told there before:
 * of a list, the first item's error stands for all.
 */
export function wasTold(
  told: ToldRefusals,
  { fieldNodes, path }: Pick<GraphQLResolveInfo, "fieldNodes" | "path">,
): boolean {
  const places = told.get(fieldNodes[0]);
  if (places === undefined) {
    told.set(fieldNodes[0], { latest: path, all: new Set([toPlace(path)]) });
    return false;
  }
  // The next item of the same list, as a rule: then nothing has to be written to see it.
  if (isSamePlace(places.latest, path)) return true;
  places.latest = path;
  const place = toPlace(path);
  if (places.all.has(place)) return true;
  places.all.add(place);
  return false;
}

/** Whether two response paths differ in nothing but the indices of lists. */
function isSamePlace(one: Path, other: Path): boolean {
  let [left, right]: (Path | undefined)[] = [one, other];
  while (left !== right) {
    if (left === undefined || right === undefined) return false;
    if (left.key !== right.key && (typeof left.key !== "number" || typeof right.key !== "number")) return false;
    left = left.prev;
    right = right.prev;
  }
  return true;
}

/** A response path with the indices of lists left out. */
function toPlace(path: Path): string {
  const keys: string[] = [];
  for (let part: Path | undefined = path; part !== undefined; part = part.prev) {
    keys.push(typeof part.key === "number" ? "" : part.key);
  }
  return keys.join(".");
}
