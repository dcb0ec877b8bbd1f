import { type GraphQLSchema, isIntrospectionType, isObjectType } from "graphql";
import { createInputFinder, type GuardedInputs } from "./guarded-inputs.ts";
import type { Policy } from "./policy.ts";
import type { Requirement } from "./requirement.ts";
import { findEntitiesField } from "./subgraph-fields.ts";

/** A field of an object type that asks something of its caller, always or with some of its arguments. */
export interface GuardedField {
  readonly coordinate: string;
  readonly requirement: Requirement | undefined;
  readonly inputs: GuardedInputs | undefined;
}

/** Every guarded field of a schema, by its coordinate. */
export type GuardedFields = ReadonlyMap<string, GuardedField>;

/**
 * Lists the guarded fields of a schema: those with a requirement, those with a guarded argument, and `_entities` of a
 * subgraph where a type that it may give requires something.
 */
export function listGuardedFields(
  schema: GraphQLSchema,
  { requirements, references }: Pick<Policy, "requirements" | "references">,
): GuardedFields {
  const findInputs = createInputFinder(schema, requirements);
  const entities = findEntitiesField(schema);
  const fields = new Map<string, GuardedField>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const requirement = requirements.get(coordinate);
      const inputs = findInputs(type, field);
      const givesGuarded = references.size > 0 && field === entities;
      if (requirement ?? inputs ?? (givesGuarded || undefined))
        fields.set(coordinate, { coordinate, requirement, inputs });
    }
  }
  return fields;
}
