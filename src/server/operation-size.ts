import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** How much one operation asks for. */
export interface OperationSize {
  /** How many levels of fields it has; fragments add none. */
  readonly depth: number;
  /** Fields with an alias, those of a fragment as often as it is spread. */
  readonly aliases: number;
  /** Those of a fragment count as often as it is spread. */
  readonly directives: number;
  /** Fields that its answer has at the top, at most: a field selected twice is one. */
  readonly rootFields: number;
}

type Counts = Omit<OperationSize, "rootFields">;
type Selecting = OperationDefinitionNode | FragmentDefinitionNode | Exclude<SelectionNode, { kind: "FragmentSpread" }>;

const nothing: Counts = { depth: 0, aliases: 0, directives: 0 };

/**
 * Makes the function that measures the operations of a document before anything is known of it. The time is linear in
 * the document's length, however often fragments are spread. Does not say that it is valid: a fragment that is missing,
 * or within itself, counts as empty.
 */
export function createMeasure(document: DocumentNode): (operation: OperationDefinitionNode) => OperationSize {
  const fragments = new Map(document.definitions.filter(isFragment).map((node) => [node.name.value, node]));
  const measured = new Map<string, Counts>();

  function countFragment(name: string): Counts {
    const known = measured.get(name);
    if (known !== undefined) return known;
    measured.set(name, nothing);
    const fragment = fragments.get(name);
    const counts = fragment === undefined ? nothing : count(fragment);
    measured.set(name, counts);
    return counts;
  }

  function count(node: Selecting): Counts {
    let { depth, aliases, directives } = nothing;
    for (const selection of node.selectionSet?.selections ?? []) {
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
      const inner = isSpread ? countFragment(selection.name.value) : count(selection);
      depth = Math.max(depth, inner.depth);
      aliases += inner.aliases;
      directives += inner.directives + (isSpread ? countDirectives(selection) : 0);
    }
    directives += countDirectives(node);
    return node.kind === Kind.FIELD
      ? { depth: depth + 1, aliases: aliases + (node.alias === undefined ? 0 : 1), directives }
      : { depth, aliases, directives };
  }

  return (operation) => {
    const { depth, aliases, directives } = count(operation);
    const ofVariables = (operation.variableDefinitions ?? []).reduce((sum, node) => sum + countDirectives(node), 0);
    const rootFields = listRootNames(operation.selectionSet, fragments).size;
    return { depth, aliases, directives: directives + ofVariables, rootFields };
  };
}

function isFragment(node: DocumentNode["definitions"][number]): node is FragmentDefinitionNode {
  return node.kind === Kind.FRAGMENT_DEFINITION;
}

function countDirectives({ directives }: Pick<FieldNode, "directives">): number {
  return directives?.length ?? 0;
}

/** The names that an operation's answer can have at the top; each fragment is looked into once. */
function listRootNames(
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ReadonlySet<string> {
  const names = new Set<string>();
  const spread = new Set<string>();
  const pending = [selectionSet];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const selection of next.selections) {
      if (selection.kind === Kind.FIELD) names.add((selection.alias ?? selection.name).value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) pending.push(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) pending.push(fragment.selectionSet);
      }
    }
  }
  return names;
}
