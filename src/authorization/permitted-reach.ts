import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import { toArgumentCoordinate } from "./places.ts";
import { listRootTypes } from "./reach.ts";

/** Whether a caller has what a field of an object, an argument or an input field requires, by its coordinate. */
export type IsPermitted = (coordinate: string) => boolean;

type Field = GraphQLField<unknown, unknown>;

/** What operations can reach when they ask for nothing that would be refused. */
export interface PermittedReach {
  /** The object types; Query even if nothing of it is permitted. */
  readonly objects: ReadonlySet<GraphQLObjectType>;
  readonly listFields: (type: GraphQLObjectType) => readonly Field[];
  readonly listArgs: (type: GraphQLObjectType, field: Field) => readonly GraphQLArgument[];
  readonly listInputFields: (type: GraphQLInputObjectType) => readonly GraphQLInputField[];
  /** The object types that can stand behind an interface or a union. */
  readonly listPossible: (type: GraphQLNamedType) => readonly GraphQLObjectType[];
}

/**
 * Walks a schema as one caller can. A field is out of reach when its requirement is not satisfied, when what it
 * returns is, or an argument that it must have. So is a type of which nothing is left, and an input type with a field
 * that must be given and may not.
 */
export function createPermittedReach(schema: GraphQLSchema, isPermitted: IsPermitted): PermittedReach {
  const gone = new Set<GraphQLNamedType>();

  const isArgPermitted = (type: GraphQLObjectType, field: Field, arg: GraphQLArgument): boolean =>
    isPermitted(toArgumentCoordinate(type, field, arg)) && !gone.has(getNamedType(arg.type));

  const isFieldPermitted = (type: GraphQLObjectType, field: Field): boolean =>
    isPermitted(`${type.name}.${field.name}`) &&
    !gone.has(getNamedType(field.type)) &&
    field.args.every((arg) => !isRequiredArgument(arg) || isArgPermitted(type, field, arg));

  const isInputFieldPermitted = (type: GraphQLInputObjectType, field: GraphQLInputField): boolean =>
    isPermitted(`${type.name}.${field.name}`) && !gone.has(getNamedType(field.type));

  function isEmpty(type: GraphQLNamedType): boolean {
    if (isObjectType(type)) return !Object.values(type.getFields()).some((field) => isFieldPermitted(type, field));
    if (isAbstractType(type)) return schema.getPossibleTypes(type).every((possible) => gone.has(possible));
    if (!isInputObjectType(type)) return false;
    const fields = Object.values(type.getFields());
    return (
      !fields.some((field) => isInputFieldPermitted(type, field)) ||
      fields.some((field) => isRequiredInputField(field) && !isInputFieldPermitted(type, field))
    );
  }

  // One that is gone can take with it those that refer to it, and only those: a long chain must not take long.
  const pending = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const dependents = listDependents(schema, pending);
  for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
    if (gone.has(type) || type === schema.getQueryType() || !isEmpty(type)) continue;
    gone.add(type);
    pending.push(...(dependents.get(type) ?? []));
  }

  const listFields = (type: GraphQLObjectType): readonly Field[] =>
    Object.values(type.getFields()).filter((field) => isFieldPermitted(type, field));
  const objects = listReached(schema, listFields, gone);

  return {
    objects,
    listFields,
    listArgs: (type, field) => field.args.filter((arg) => isArgPermitted(type, field, arg)),
    listInputFields: (type) => Object.values(type.getFields()).filter((field) => isInputFieldPermitted(type, field)),
    listPossible: (type) =>
      isAbstractType(type) ? schema.getPossibleTypes(type).filter((possible) => objects.has(possible)) : [],
  };
}

/** By type, those that have it in a field, an argument or an input field, or may stand for it. */
function listDependents(
  schema: GraphQLSchema,
  types: readonly GraphQLNamedType[],
): ReadonlyMap<GraphQLNamedType, ReadonlySet<GraphQLNamedType>> {
  const dependents = new Map<GraphQLNamedType, Set<GraphQLNamedType>>();
  const add = (type: GraphQLNamedType, dependent: GraphQLNamedType): void => {
    dependents.set(type, (dependents.get(type) ?? new Set()).add(dependent));
  };
  for (const type of types) {
    if (isAbstractType(type)) for (const possible of schema.getPossibleTypes(type)) add(possible, type);
    if (!isObjectType(type) && !isInputObjectType(type)) continue;
    const fields: readonly (Field | GraphQLInputField)[] = Object.values(type.getFields());
    for (const field of fields) {
      add(getNamedType(field.type), type);
      for (const arg of "args" in field ? field.args : []) add(getNamedType(arg.type), type);
    }
  }
  return dependents;
}

function listReached(
  schema: GraphQLSchema,
  listFields: PermittedReach["listFields"],
  gone: ReadonlySet<GraphQLNamedType>,
): ReadonlySet<GraphQLObjectType> {
  const objects = new Set<GraphQLObjectType>();
  const pending = listRootTypes(schema);
  for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
    if (objects.has(type) || gone.has(type)) continue;
    objects.add(type);
    for (const field of listFields(type)) {
      const returned = getNamedType(field.type);
      if (isObjectType(returned)) pending.push(returned);
      if (isAbstractType(returned)) pending.push(...schema.getPossibleTypes(returned));
    }
  }
  return objects;
}
