import { collectFields } from "@graphql-tools/utils";
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
} from "graphql";

/** What an operation selects of an object. */
export interface Selection {
  readonly schema: GraphQLSchema;
  /** Has the fragments. */
  readonly document: DocumentNode;
  readonly type: GraphQLObjectType;
  readonly selectionSet: SelectionSetNode;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The nodes of each response key, as `@skip` and `@include` leave them; fragments with `@defer` count like all others. */
export function collectNodes({
  schema,
  document,
  type,
  selectionSet,
  variables,
}: Selection): ReadonlyMap<string, readonly FieldNode[]> {
  try {
    const { fields, patches } = collectFields(schema, collectFragments(document), variables, type, selectionSet);
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
