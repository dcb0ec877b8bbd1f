import { type GraphQLSchema, isIntrospectionType, isObjectType } from "graphql";
import { createInputFinder, type GuardedInputs } from "./guarded-inputs.ts";
import type { Requirement } from "./requirement.ts";

/** A field of an object type that asks something of its caller, always or with some of its arguments. */
export interface GuardedField {
  readonly coordinate: string;
  readonly requirement: Requirement | undefined;
  readonly inputs: GuardedInputs | undefined;
}

/** Every guarded field of a schema, by its coordinate. */
export type GuardedFields = ReadonlyMap<string, GuardedField>;

/** Lists the guarded fields of a schema: those with a requirement, and those with a guarded argument. */
export function listGuardedFields(
  schema: GraphQLSchema,
  requirements: ReadonlyMap<string, Requirement>,
): GuardedFields {
  const findInputs = createInputFinder(schema, requirements);
  const fields = new Map<string, GuardedField>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const requirement = requirements.get(coordinate);
      const inputs = findInputs(type, field);
      if (requirement ?? inputs) fields.set(coordinate, { coordinate, requirement, inputs });
    }
  }
  return fields;
}
