import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { findInterfaces } from "./rules.ts";
import type { SchemaDefinition, TypeDefinition } from "./type-definitions.ts";
import type { Variables } from "./variables.ts";

/** What there is to know to find out which fields are selected. */
export interface SelectionScope {
  readonly schema: SchemaDefinition;
  readonly document: DocumentNode;
  readonly variables: Variables;
}

/** The fields that selection sets, merged, select of an object: by response key, in the order of the first ones. */
export function collectFields(
  scope: SelectionScope,
  type: TypeDefinition,
  selectionSets: readonly SelectionSetNode[],
): ReadonlyMap<string, readonly FieldNode[]> {
  const collected = new Map<string, FieldNode[]>();
  const spread = new Set<string>();

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (!isIncluded(selection.directives, scope.variables)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        collected.set(key, [...(collected.get(key) ?? []), selection]);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : findFragment(scope.document, selection.name.value);
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || isOfType(scope.schema, type, condition)) collect(fragment.selectionSet);
    }
  }

  for (const selectionSet of selectionSets) collect(selectionSet);
  return collected;
}

function findFragment(document: DocumentNode, name: string): FragmentDefinitionNode {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition;
  }
  throw new Error(`No fragment ${name}`);
}

/** Whether an object's type is the one named, implements it, or is a member of it. */
function isOfType(schema: SchemaDefinition, type: TypeDefinition, name: string): boolean {
  const named = schema.types.get(name);
  if (named === undefined) return false;
  return named === type || named.members.includes(type.name) || findInterfaces(schema, type).includes(named);
}

function isIncluded(directives: readonly DirectiveNode[] = [], variables: Variables): boolean {
  return directives.every(({ name, arguments: given = [] }) => {
    if (name.value !== "skip" && name.value !== "include") return true;
    const condition = given.map(({ value }) => {
      if (value.kind !== Kind.VARIABLE) return value;
      const variable = variables(value.name.value);
      return variable.kind === "none" ? undefined : variable.value;
    })[0];
    const holds = condition === true || isTrueNode(condition);
    return holds === (name.value === "include");
  });
}

function isTrueNode(condition: unknown): boolean {
  return typeof condition === "object" && condition !== null && "value" in condition && condition.value === true;
}
