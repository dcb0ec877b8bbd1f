import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
} from "graphql";
import { listGuardedTypes } from "./guarded-inputs.ts";
import { isExecutable } from "./places.ts";
import type { Requirement } from "./requirement.ts";

/**
 * What is wrong with guarded input fields that an operation could provide unseen: by a default, which in a variable
 * cannot be told from what the caller gives, or through an argument of a directive, where nobody asks.
 */
export function findInputProblems(
  schema: GraphQLSchema,
  requirements: ReadonlyMap<string, Requirement>,
): readonly string[] {
  const guarded = listGuardedTypes(schema, requirements);
  const inDefaults = Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({ ...field, coordinate: `${type.name}.${field.name}` })),
    )
    .filter(({ defaultValue }) => defaultValue !== undefined)
    .flatMap(({ coordinate, type, defaultValue }) => {
      if (requirements.has(coordinate))
        return `${coordinate}: a guarded input field must have no default, which could not be told from a value of the caller's; remove the default or the rule`;
      return listProvided(type, defaultValue, requirements).map(
        (provided) =>
          `${coordinate}: its default provides ${provided}, which is guarded; take it out of the default, or remove the rule`,
      );
    });
  const inDirectives = schema
    .getDirectives()
    .filter(isExecutable)
    .flatMap(({ name, args }) =>
      args.map((arg) => ({ coordinate: `@${name}(${arg.name}:)`, type: getNamedType(arg.type) })),
    )
    .filter(({ type }) => isInputObjectType(type) && guarded.has(type))
    .map(
      ({ coordinate, type }) =>
        `${coordinate}: ${type.name} has guarded fields, and nobody is asked for them here; take another type`,
    );
  return [...inDefaults, ...inDirectives];
}

/** The coordinates of the guarded input fields that a default has, at any depth. */
function listProvided(
  type: GraphQLInputType,
  value: unknown,
  requirements: ReadonlyMap<string, Requirement>,
): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => listProvided(type, item, requirements));
  const named = getNamedType(type);
  if (!isInputObjectType(named) || typeof value !== "object" || value === null) return [];
  return listFields(named, value).flatMap(([coordinate, fieldType, fieldValue]) => [
    ...(requirements.has(coordinate) ? [coordinate] : []),
    ...listProvided(fieldType, fieldValue, requirements),
  ]);
}

function listFields(
  type: GraphQLInputObjectType,
  value: object,
): readonly (readonly [string, GraphQLInputType, unknown])[] {
  return Object.entries(value).flatMap(([name, fieldValue]) => {
    const field = Object.hasOwn(type.getFields(), name) ? type.getFields()[name] : undefined;
    return field === undefined ? [] : [[`${type.name}.${name}`, field.type, fieldValue] as const];
  });
}
