import type { GraphQLSchema } from "graphql";
import { toPermittedSchema } from "./permitted-schema.ts";
import type { Requirement } from "./requirement.ts";

/** How many views of one schema are kept; a caller with many scopes must not be able to fill the memory. */
const maxViews = 16;

/** The part of a schema that whoever satisfies these requirements may use. */
export type FindView = (isSatisfied: (requirement: Requirement) => boolean) => GraphQLSchema;

/**
 * Makes the function that finds a caller's view of a schema. A view follows from which requirements are satisfied and
 * from nothing else of the caller, so those who satisfy the same share one. Made when first asked for.
 */
export function createSchemaViews(schema: GraphQLSchema, requirements: ReadonlyMap<string, Requirement>): FindView {
  const distinct = [...new Set(requirements.values())];
  /** By which requirements are satisfied; the one used last is last. */
  const views = new Map<string, GraphQLSchema>();

  return (isSatisfied) => {
    const satisfied = new Set(distinct.filter(isSatisfied));
    const key = distinct.map((requirement) => (satisfied.has(requirement) ? "1" : "0")).join("");
    const view =
      views.get(key) ??
      toPermittedSchema(schema, (coordinate) => {
        const requirement = requirements.get(coordinate);
        return requirement === undefined || satisfied.has(requirement);
      });
    views.delete(key);
    views.set(key, view);
    for (const oldest of views.keys()) {
      if (views.size <= maxViews) break;
      views.delete(oldest);
    }
    return view;
  };
}
