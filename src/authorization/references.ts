import { type GraphQLSchema, isCompositeType, isIntrospectionType } from "graphql";
import type { Rule, Unmarked } from "./directives.ts";
import { authenticated, type Requirement } from "./requirement.ts";
import { findEntitiesField } from "./subgraph-fields.ts";

/**
 * What a reference requires (`_entities` of a subgraph), by the name of its type: the rules of that type. Where
 * unmarked root fields are not public, a type without a rule requires a valid token, unless it is marked `@public`:
 * a reference leads to it past the fields that return it.
 */
export function listReferences(
  schema: GraphQLSchema,
  rules: ReadonlyMap<string, Rule>,
  unmarked: Unmarked,
): ReadonlyMap<string, Requirement> {
  if (findEntitiesField(schema) === undefined) return new Map();
  // Not the entities only: the name in a reference comes from outside, and @apollo/subgraph resolves any of these.
  const types = Object.values(schema.getTypeMap()).filter((type) => isCompositeType(type));
  return new Map(
    types.flatMap((type) => {
      const { requirement, isPublic = false } = rules.get(type.name) ?? {};
      const isOpen = unmarked === "public" || isPublic || isIntrospectionType(type);
      const required = requirement ?? (isOpen ? undefined : authenticated);
      return required === undefined ? [] : [[type.name, required] as const];
    }),
  );
}
