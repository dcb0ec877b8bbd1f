import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import { collectNodes } from "./collected-fields.ts";
import { decide, decideSelection, type RefusedSelection } from "./decision.ts";
import { listDemands, type VariableValues } from "./demands.ts";
import type { GuardedFields } from "./guarded-fields.ts";
import type { Requirement } from "./requirement.ts";

/** An operation about to be executed; it has been validated against `schema`. */
export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  /** The guarded fields of the schema. */
  readonly fields: GuardedFields;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

/** A root field that its caller does not get. */
export interface RefusedField extends RefusedSelection {
  /** Its key in the response, alias included. */
  readonly responseKey: string;
  readonly nodes: readonly FieldNode[];
}

/**
 * What the root fields of a query or subscription require that no variable can change or leave out; undefined where it
 * is nothing. A caller who is granted one of them is not refused the operation as a whole.
 */
export function listPlainRequirements(
  planned: Omit<PlannedOperation, "variables">,
): readonly (Requirement | undefined)[] {
  const { schema, fields, operation } = planned;
  if (operation.operation === "mutation") return [];
  const typeName = schema.getRootType(operation.operation)?.name;
  return operation.selectionSet.selections.flatMap((node) => {
    if (node.kind !== Kind.FIELD || node.directives?.length !== 0 || node.name.value === "__typename") return [];
    const { requirement, inputs } = fields.get(`${typeName}.${node.name.value}`) ?? {};
    return inputs === undefined ? [requirement] : [];
  });
}

/**
 * The root fields that are refused when nothing of the operation may be executed, else none:
 * of a query or subscription all of its fields must be refused, of a mutation one is enough.
 * Respects `@skip` and `@include`; `__typename` does not count, `__schema` and `__type` are granted.
 */
export function findRefusedFields(planned: PlannedOperation, caller: Authentication): readonly RefusedField[] {
  const { schema, document, operation, variables } = planned;
  const rootType = schema.getRootType(operation.operation);
  const isAllOrNothing = operation.operation === "mutation";
  // One mistake is enough here: the executor lists them, up to a bound of its own.
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, { maxErrors: 1 });
  // Without these the operation cannot be executed either; the executor says why.
  if (!rootType || !coerced) return [];
  const { selectionSet } = operation;
  const fields = [...collectNodes({ schema, document, type: rootType, selectionSet, variables: coerced })].filter(
    ([, [node]]) => node?.name.value !== "__typename",
  );
  const refused = fields.flatMap(([responseKey, nodes]) => {
    const selection = decideField(planned.fields, `${rootType.name}.${nodes[0]?.name.value}`, nodes, coerced, caller);
    return selection ? [{ ...selection, responseKey, nodes }] : [];
  });
  return isAllOrNothing || refused.length === fields.length ? refused : [];
}

function decideField(
  fields: GuardedFields,
  coordinate: string,
  [node]: readonly FieldNode[],
  variables: VariableValues,
  caller: Authentication,
): RefusedSelection | undefined {
  const field = fields.get(coordinate);
  if (field === undefined) return undefined;
  return decideSelection(listDemands(field, node, variables), (requirement) => decide(requirement, caller));
}
