import {
  type DocumentNode,
  type GraphQLSchema,
  isInputType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  visit,
} from "graphql";
import { createValue } from "./input-values.ts";

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
