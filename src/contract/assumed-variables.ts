import { MapperKind, mapSchema } from "@graphql-tools/utils";
import {
  type DocumentNode,
  GraphQLInputObjectType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  visit,
} from "graphql";
import { createValue } from "./input-values.ts";

/**
 * The schema with every `@oneOf` input type as one that may be given all its fields: which of them a variable will have
 * is not known. Its guards stay as they are.
 */
export function assumeEveryBranch(schema: GraphQLSchema): GraphQLSchema {
  if (!Object.values(schema.getTypeMap()).some((type) => isInputObjectType(type) && type.isOneOf)) return schema;
  return mapSchema(schema, {
    [MapperKind.INPUT_OBJECT_TYPE]: (type) => new GraphQLInputObjectType({ ...type.toConfig(), isOneOf: false }),
  });
}

/** Values for all variables of an operation, input objects with everything in them: the most that it can ask for. */
export function assumeVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Readonly<Record<string, unknown>> {
  const values = variableDefinitions.map(({ variable, type }) => {
    const found = typeFromAST(schema, type);
    if (!isInputType(found)) throw new TypeError(`$${variable.name.value} has no input type.`);
    return [variable.name.value, createValue(found, { isGiven: () => true, note: () => undefined })];
  });
  return Object.fromEntries(values);
}

/** The document with everything selected that `@skip` and `@include` make depend on a variable. */
export function assumeSelected(document: DocumentNode): DocumentNode {
  return visit(document, {
    Directive: ({ name, arguments: args = [] }) => {
      const isCondition = name.value === "skip" || name.value === "include";
      return isCondition && args.some(({ value }) => value.kind === Kind.VARIABLE) ? null : undefined;
    },
  });
}
