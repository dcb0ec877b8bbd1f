import { type ASTNode, GraphQLError, type Source, type SourceLocation } from "graphql";
import type { Refusal } from "../errors.ts";

/** Where in a response something was refused. */
export interface RefusedPlace {
  readonly path: readonly (string | number)[];
  readonly nodes: readonly ASTNode[];
}

/**
 * A refusal as an error of a GraphQL response: `code`, `reason` and, for a missing scope, `requiredScopes`.
 *
 * The locations are found by us: graphql-js reads the whole document again for each error, so that one request with
 * many refused fields on many lines would keep the process busy for seconds. With its path given, nothing adds to it.
 */
export function createRefusalError({ message, ...extensions }: Refusal, place?: RefusedPlace): GraphQLError {
  const error = new GraphQLError(message, { extensions, path: place?.path ?? null });
  const locations = place?.nodes.flatMap((node) => findLocation(node) ?? []);
  return locations?.length ? Object.defineProperty(error, "locations", { value: locations, enumerable: true }) : error;
}

/** Of each document that had an error: where its lines start. */
const lineStarts = new WeakMap<Source, readonly number[]>();

function findLocation({ loc }: ASTNode): SourceLocation | undefined {
  if (loc === undefined) return undefined;
  let starts = lineStarts.get(loc.source);
  if (starts === undefined) {
    starts = [0, ...Array.from(loc.source.body.matchAll(/\r\n|[\n\r]/g), (match) => match.index + match[0].length)];
    lineStarts.set(loc.source, starts);
  }
  const line = countUpTo(starts, loc.start);
  return { line, column: loc.start - (starts[line - 1] ?? 0) + 1 };
}

/** How many of the ascending numbers are at most this one. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
