import { collectFields, collectSubFields } from "@graphql-tools/utils";
import {
  BREAK,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  TypeNameMetaFieldDef,
  type VariableDefinitionNode,
  visit,
} from "graphql";

/** A query of which everything is found out that does not depend on its variables or on data. */
export interface Plan {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  /** Undefined: none. */
  readonly variableDefinitions: readonly VariableDefinitionNode[] | undefined;
  /** Undefined: none. */
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>> | undefined;
  readonly fields: readonly PlannedField[];
  /** How many nodes of fields are in it, at all depths: one for each field, or more where it is selected repeatedly. */
  readonly size: number;
}

/** What one response key of an object is made of. */
export interface PlannedField {
  readonly key: string;
  /** Which one it is of the plan's fields. */
  readonly index: number;
  /** The first one: they all have the same arguments. */
  readonly node: FieldNode;
  /** All, where there are several. */
  readonly nodes: readonly FieldNode[] | undefined;
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly value: PlannedValue;
}

/** How what a resolver returns is completed. */
export type PlannedValue =
  | { readonly kind: "leaf"; readonly type: GraphQLLeafType }
  | { readonly kind: "object"; readonly fields: readonly PlannedField[] }
  | { readonly kind: "list"; readonly itemType: GraphQLOutputType; readonly item: PlannedValue }
  | { readonly kind: "non-null"; readonly inner: PlannedValue };

/** What is to be planned. The document is valid. */
export interface Planned {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The most nodes that a plan may have: those of a fragment are in it once for each place where it is spread. */
  readonly maxSize: number;
}

/**
 * Plans a query, in time and room that grow with `maxSize`. Undefined where graphql-js has to execute it: anything else
 * than a query, one with directives, as they may leave out fields, one that selects of an interface, a union, a type
 * with `isTypeOf` or the schema itself, and one that is too large.
 */
export function createPlan({ schema, document, operation, maxSize }: Planned): Plan | undefined {
  const rootType = schema.getQueryType();
  if (!rootType || operation.operation !== OperationTypeNode.QUERY || hasDirectives(document)) return undefined;
  const fragments = collectFragments(document);
  let fieldCount = 0;
  let size = 0;

  function planFields(
    parentType: GraphQLObjectType,
    selected: ReadonlyMap<string, readonly FieldNode[]>,
  ): readonly PlannedField[] | undefined {
    const fields: PlannedField[] = [];
    for (const [key, nodes] of selected) {
      const field = planField(parentType, key, nodes);
      if (field === undefined) return undefined;
      fields.push(field);
    }
    return fields;
  }

  function planField(
    parentType: GraphQLObjectType,
    key: string,
    nodes: readonly FieldNode[],
  ): PlannedField | undefined {
    const index = fieldCount;
    fieldCount += 1;
    size += nodes.length;
    const [node] = nodes;
    const name = node?.name.value ?? "";
    const definition = name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : parentType.getFields()[name];
    if (size > maxSize || !node || definition === undefined || isInherited(key)) return undefined;
    const value = planValue(definition.type, nodes);
    if (value === undefined) return undefined;
    // Where they are the same, the schema's: a name that all plans share is at hand when its turn comes.
    const shared = key === definition.name ? definition.name : key;
    return { key: shared, index, node, nodes: nodes.length > 1 ? nodes : undefined, parentType, definition, value };
  }

  function planValue(type: GraphQLOutputType, nodes: readonly FieldNode[]): PlannedValue | undefined {
    const known = leaves.get(type);
    if (known !== undefined) return known;
    if (isLeafType(type)) return keepLeaf(type, { kind: "leaf", type });
    if (isNonNullType(type)) {
      const inner = planValue(type.ofType, nodes);
      if (inner === undefined) return undefined;
      return inner.kind === "leaf" ? keepLeaf(type, { kind: "non-null", inner }) : { kind: "non-null", inner };
    }
    if (isListType(type)) {
      const item = planValue(type.ofType, nodes);
      return item && { kind: "list", itemType: type.ofType, item };
    }
    if (!isObjectType(type) || type.isTypeOf) return undefined;
    const fields = planFields(type, collectSubFields(schema, fragments, {}, type, [...nodes]).fields);
    return fields && { kind: "object", fields };
  }

  const fields = planFields(rootType, collectFields(schema, fragments, {}, rootType, operation.selectionSet).fields);
  if (fields === undefined) return undefined;
  const { variableDefinitions = [] } = operation;
  return {
    schema,
    operation,
    // What is not there need not be looked at each time.
    variableDefinitions: variableDefinitions.length > 0 ? variableDefinitions : undefined,
    fragments: Object.keys(fragments).length > 0 ? fragments : undefined,
    fields,
    size,
  };
}

/** How leaves are completed, by their type, which may be non-null: all plans share them. */
const leaves = new WeakMap<GraphQLOutputType, PlannedValue>();

function keepLeaf(type: GraphQLOutputType, leaf: PlannedValue): PlannedValue {
  leaves.set(type, leaf);
  return leaf;
}

/** Data is in plain objects, on which such a key could not be set, or not where their prototype is frozen. */
function isInherited(key: string): boolean {
  return key in Object.prototype;
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
}

function collectFragments(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  // No prototype: a fragment may be named 'constructor'.
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}
