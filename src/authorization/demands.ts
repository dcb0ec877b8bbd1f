import { type FieldNode, Kind, type ValueNode } from "graphql";
import type { GuardedField } from "./guarded-fields.ts";
import type { GuardedInput, GuardedInputs } from "./guarded-inputs.ts";
import type { Requirement } from "./requirement.ts";

/** Something that one selection of a field asks of its caller. */
export interface Demand {
  /** Of the field, the argument or the input field that asks. */
  readonly coordinate: string;
  readonly requirement: Requirement;
}

/** Coerced variable values; without an own property for a variable that was left out and has no default. */
export type VariableValues = Readonly<Record<string, unknown>>;

/**
 * What one selection of a field asks for: the field itself, and each guarded argument and input field that the
 * operation provides, at any depth: with a literal (also null), or with a variable that has a value or a default.
 * A default of the schema's and a variable that was left out provide nothing.
 *
 * Throws a TypeError where an executor does not tell what was provided: then nothing may be resolved.
 */
export function listDemands(
  { coordinate, requirement, inputs }: GuardedField,
  node: FieldNode | undefined,
  variables: VariableValues | undefined,
): readonly Demand[] {
  const own = requirement === undefined ? [] : [{ coordinate, requirement }];
  if (inputs === undefined) return own;
  if (node === undefined || variables === undefined) {
    throw new TypeError(`${coordinate} has guarded arguments, and the executor does not tell which are provided.`);
  }
  const provided = new Set<GuardedInput>();
  addFromNodes(inputs, node.arguments ?? [], variables, provided);
  const ofInputs = [...provided].flatMap(({ coordinate: place, requirement: asked }) =>
    asked === undefined ? [] : [{ coordinate: place, requirement: asked }],
  );
  return [...own, ...ofInputs];
}

interface NamedValueNode {
  readonly name: { readonly value: string };
  readonly value: ValueNode;
}

/** Arguments, or the fields of an input object, as written in the operation. */
function addFromNodes(
  guarded: GuardedInputs,
  nodes: readonly NamedValueNode[],
  variables: VariableValues,
  provided: Set<GuardedInput>,
): void {
  for (const { name, value } of nodes) {
    const input = guarded.get(name.value);
    if (input === undefined) continue;
    if (value.kind === Kind.VARIABLE && !Object.hasOwn(variables, value.name.value)) continue;
    provided.add(input);
    if (input.fields !== undefined) addFromNode(input.fields, value, variables, provided);
  }
}

function addFromNode(
  guarded: GuardedInputs,
  value: ValueNode,
  variables: VariableValues,
  provided: Set<GuardedInput>,
): void {
  if (value.kind === Kind.OBJECT) addFromNodes(guarded, value.fields, variables, provided);
  if (value.kind === Kind.LIST) for (const item of value.values) addFromNode(guarded, item, variables, provided);
  if (value.kind === Kind.VARIABLE) addFromValue(guarded, variables[value.name.value], provided);
}

/** The value of a variable: an input object, a list of them, or what concerns nobody here. */
function addFromValue(guarded: GuardedInputs, value: unknown, provided: Set<GuardedInput>): void {
  if (Array.isArray(value)) {
    for (const item of value) addFromValue(guarded, item, provided);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, input] of guarded) {
      if (!Object.hasOwn(value, name)) continue;
      provided.add(input);
      if (input.fields !== undefined) addFromValue(input.fields, (value as VariableValues)[name], provided);
    }
  }
}
