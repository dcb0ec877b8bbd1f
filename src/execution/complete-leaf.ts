import type { GraphQLLeafType } from "graphql";
import { inspect } from "graphql/jsutils/inspect.js";

/** Serializes a scalar's or an enum's value. Throws, in graphql-js's words, where that comes to nothing. */
export function completeLeaf(type: GraphQLLeafType, result: unknown): unknown {
  const serialized = type.serialize(result);
  if (serialized !== null && serialized !== undefined) return serialized;
  const call = `${inspect(type)}.serialize(${inspect(result)})`;
  throw new Error(`Expected \`${call}\` to return non-nullable value, returned: ${inspect(serialized)}`);
}
