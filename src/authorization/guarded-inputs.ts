import {
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
} from "graphql";
import { toArgumentCoordinate } from "./places.ts";
import type { Requirement } from "./requirement.ts";

/** An argument or input field that asks for something when it is provided, itself or what is below it. */
export interface GuardedInput {
  readonly coordinate: string;
  readonly requirement: Requirement | undefined;
  /** The guarded fields of the input type that it takes, through lists and non-null; may contain itself. */
  readonly fields: GuardedInputs | undefined;
}

/** Guarded arguments of a field, or fields of an input type, by name. */
export type GuardedInputs = ReadonlyMap<string, GuardedInput>;

/** Finds the guarded arguments of a field; undefined when it has none. */
export type InputFinder = (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>) => GuardedInputs | undefined;

/** Prepares the guarded inputs of a schema, each input type once. */
export function createInputFinder(schema: GraphQLSchema, requirements: ReadonlyMap<string, Requirement>): InputFinder {
  const byType = new Map<GraphQLInputObjectType, Map<string, GuardedInput>>();
  for (const type of listGuardedTypes(schema, requirements)) byType.set(type, new Map());
  for (const [type, inputs] of byType) {
    for (const field of Object.values(type.getFields())) addInput(inputs, `${type.name}.${field.name}`, field);
  }

  function addInput(
    inputs: Map<string, GuardedInput>,
    coordinate: string,
    { name, type }: { readonly name: string; readonly type: GraphQLInputType },
  ): void {
    const requirement = requirements.get(coordinate);
    const named = getNamedType(type);
    const fields = isInputObjectType(named) ? byType.get(named) : undefined;
    if (requirement ?? fields) inputs.set(name, { coordinate, requirement, fields });
  }

  return (type, field) => {
    const inputs = new Map<string, GuardedInput>();
    for (const arg of field.args) addInput(inputs, toArgumentCoordinate(type, field, arg), arg);
    return inputs.size > 0 ? inputs : undefined;
  };
}

/** Input types that have a guarded field, themselves or in a type that they take, at any depth. */
export function listGuardedTypes(
  schema: GraphQLSchema,
  requirements: ReadonlyMap<string, Requirement>,
): ReadonlySet<GraphQLInputObjectType> {
  const types = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  const guarded = new Set<GraphQLInputObjectType>();
  let size: number;
  do {
    size = guarded.size;
    for (const type of types) {
      const isGuarded = Object.values(type.getFields()).some((field) => {
        const named = getNamedType(field.type);
        return requirements.has(`${type.name}.${field.name}`) || (isInputObjectType(named) && guarded.has(named));
      });
      if (isGuarded) guarded.add(type);
    }
  } while (guarded.size > size);
  return guarded;
}
