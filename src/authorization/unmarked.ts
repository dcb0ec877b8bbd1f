import { type GraphQLSchema, isInterfaceType } from "graphql";
import type { Rule } from "./directives.ts";
import { listRootTypes } from "./reach.ts";
import type { Requirement } from "./requirement.ts";
import { findEntitiesField, findServiceField } from "./subgraph-fields.ts";

/**
 * The coordinates of the root fields that require nothing and are not said to be public, they or their type. Those that
 * Apollo Federation adds do not count: nobody can mark them.
 */
export function listUnmarked(
  schema: GraphQLSchema,
  rules: ReadonlyMap<string, Rule>,
  requirements: ReadonlyMap<string, Requirement>,
): readonly string[] {
  const isPublic = (coordinate: string): boolean => rules.get(coordinate)?.isPublic ?? false;
  const added = [findServiceField(schema), findEntitiesField(schema)];
  return listRootTypes(schema)
    .filter(({ name }) => !isPublic(name))
    .flatMap((type) => {
      const fields = Object.values(type.getFields()).filter((field) => !added.includes(field));
      return fields.map((field) => `${type.name}.${field.name}`);
    })
    .filter((coordinate) => !requirements.has(coordinate) && !isPublic(coordinate));
}

/** What is wrong with a root field without a rule, where every one must have one. */
export function toUnmarkedProblem(coordinate: string): string {
  return `${coordinate}: it has no rule; mark it @auth, @requiresScope or @public`;
}

/** What is wrong with every `@public` that says what is not so. */
export function findFalselyPublic(
  schema: GraphQLSchema,
  rules: ReadonlyMap<string, Rule>,
  requirements: ReadonlyMap<string, Requirement>,
): readonly string[] {
  const interfaces = Object.values(schema.getTypeMap()).filter((type) => isInterfaceType(type));
  const ofInterfaces = new Set(
    interfaces.flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`)),
  );
  return [...rules].flatMap(([coordinate, { isPublic, requirement }]) => {
    if (!isPublic) return [];
    if (requirement !== undefined) return `${coordinate}: @public contradicts the rule beside it; remove one of them`;
    if (requirements.has(coordinate))
      return `${coordinate}: @public cannot hold, since a rule of its type, of an interface or of what it returns guards it; remove one of them`;
    if (ofInterfaces.has(coordinate))
      return `${coordinate}: @public means nothing on an interface's field; write it on the fields of object types`;
    return [];
  });
}
