import { collectFields } from "@graphql-tools/utils";
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import type { Refusal } from "../errors.ts";
import { decide } from "./decision.ts";
import { findPolicy } from "./guard.ts";
import type { Requirement } from "./requirement.ts";

/** An operation about to be executed; it has been validated against `schema`. */
export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

/** A root field that its caller does not get. */
export interface RefusedField {
  readonly refusal: Refusal;
  readonly requirement: Requirement;
  /** Its key in the response, alias included. */
  readonly responseKey: string;
  readonly nodes: readonly FieldNode[];
}

/**
 * The root fields that are refused when nothing of the operation may be executed, else none:
 * of a query or subscription all of its fields must be refused, of a mutation one is enough.
 * Respects `@skip` and `@include`; `__typename` does not count, `__schema` and `__type` are granted.
 */
export function findRefusedFields(planned: PlannedOperation, caller: Authentication): readonly RefusedField[] {
  const fields = collectRootFields(planned);
  const refused = fields.flatMap(({ responseKey, nodes, requirement }) => {
    const refusal = requirement && decide(requirement, caller);
    return requirement && refusal ? [{ refusal, requirement, responseKey, nodes }] : [];
  });
  const isAllOrNothing = planned.operation.operation === "mutation";
  return isAllOrNothing || refused.length === fields.length ? refused : [];
}

interface RootField {
  readonly responseKey: string;
  readonly nodes: readonly FieldNode[];
  readonly requirement: Requirement | undefined;
}

function collectRootFields(planned: PlannedOperation): readonly RootField[] {
  const { schema, operation, variables } = planned;
  const rootType = schema.getRootType(operation.operation);
  const definitions = operation.variableDefinitions ?? [];
  // One mistake is enough here: the executor lists them, up to a bound of its own.
  const { coerced } = getVariableValues(schema, definitions, variables ?? {}, { maxErrors: 1 });
  const policy = findPolicy(schema);
  // Without these the operation cannot be executed either; the executor says why.
  if (!rootType || !coerced || !policy) return [];
  return [...collectNodes(planned, rootType, coerced)].flatMap(([responseKey, nodes]) => {
    const name = nodes[0]?.name.value;
    if (name === undefined || name === "__typename") return [];
    return [{ responseKey, nodes, requirement: policy.requirements.get(`${rootType.name}.${name}`) }];
  });
}

/** The nodes of each response key; fragments with `@defer` count like all others. */
function collectNodes(
  { schema, document, operation }: PlannedOperation,
  rootType: GraphQLObjectType,
  variables: Record<string, unknown>,
): ReadonlyMap<string, readonly FieldNode[]> {
  try {
    const fragments = collectFragments(document);
    const { fields, patches } = collectFields(schema, fragments, variables, rootType, operation.selectionSet);
    for (const [key, nodes] of patches.flatMap((patch) => [...patch.fields])) {
      fields.set(key, [...(fields.get(key) ?? []), ...nodes]);
    }
    return fields;
  } catch {
    // The condition of a @skip or @include is null, by a variable. The executor says so, where it stands.
    return new Map();
  }
}

function collectFragments(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  // No prototype: a fragment may be named 'constructor'.
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}
