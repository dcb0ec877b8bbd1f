import { type FieldNode, Kind, type TypeNode, type ValueNode } from "graphql";
import type { Requirement } from "./requirement.ts";
import { findArgumentRules } from "./rules.ts";
import type { InputDefinition, SchemaDefinition, TypeDefinition } from "./type-definitions.ts";
import type { Variables } from "./variables.ts";

/** A rule of an argument or of an input field, on something that an operation provides. */
export interface ProvidedRule {
  readonly requirement: Requirement;
  readonly of: "argument" | "input field";
  /** Where its value is: in the operation, in the request's variables, or in a default of a variable. */
  readonly from: "literal" | "variable" | "variable's default";
}

type Source = ProvidedRule["from"];

/** Finds the rules of everything that a selection provides to a field of an object type; all of them hold. */
export function findProvidedRules(
  schema: SchemaDefinition,
  type: TypeDefinition,
  { name, arguments: written = [] }: FieldNode,
  variables: Variables,
): readonly ProvidedRule[] {
  const definitions = type.fields.get(name.value)?.inputs;
  return written.flatMap((argument) => {
    const from = findSource(argument.value, variables);
    const definition = definitions?.get(argument.name.value);
    if (from === undefined || definition === undefined) return [];
    const ofArgument = findArgumentRules(schema, type, name.value, argument.name.value);
    return [
      ...ofArgument.map((requirement): ProvidedRule => ({ requirement, of: "argument", from })),
      ...findInLiteral(schema, definition.type, argument.value, variables, from),
    ];
  });
}

/** What is written is provided, null included; but a variable only if it has a value. */
function findSource(value: ValueNode, variables: Variables, outside: Source = "literal"): Source | undefined {
  if (value.kind !== Kind.VARIABLE) return outside;
  const { kind } = variables(value.name.value);
  if (kind === "none") return undefined;
  return kind === "given" ? "variable" : "variable's default";
}

/** The rules of all input fields that are provided inside of a value as it is written in an operation. */
function findInLiteral(
  schema: SchemaDefinition,
  type: TypeNode,
  value: ValueNode,
  variables: Variables,
  from: Source,
): readonly ProvidedRule[] {
  if (value.kind === Kind.VARIABLE) {
    const variable = variables(value.name.value);
    if (variable.kind === "given") return findInJson(schema, type, variable.value);
    return variable.kind === "default"
      ? findInLiteral(schema, type, variable.value, variables, "variable's default")
      : [];
  }
  if (type.kind === Kind.NON_NULL_TYPE) return findInLiteral(schema, type.type, value, variables, from);
  if (type.kind === Kind.LIST_TYPE) {
    // One value stands for a list of one.
    const items = value.kind === Kind.LIST ? value.values : [value];
    return items.flatMap((item) => findInLiteral(schema, type.type, item, variables, from));
  }
  const inputs = findInputs(schema, type.name.value);
  if (value.kind !== Kind.OBJECT) return [];
  return value.fields.flatMap((field) => {
    const input = inputs.get(field.name.value);
    const fieldFrom = findSource(field.value, variables, from);
    if (input === undefined || fieldFrom === undefined) return [];
    return [...toProvided(input, fieldFrom), ...findInLiteral(schema, input.type, field.value, variables, fieldFrom)];
  });
}

/** The same inside of a variable's value as the request gives it. */
function findInJson(schema: SchemaDefinition, type: TypeNode, value: unknown): readonly ProvidedRule[] {
  if (type.kind === Kind.NON_NULL_TYPE) return findInJson(schema, type.type, value);
  if (type.kind === Kind.LIST_TYPE) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.flatMap((item) => findInJson(schema, type.type, item));
  }
  const inputs = findInputs(schema, type.name.value);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const input = inputs.get(name);
    return input === undefined ? [] : [...toProvided(input, "variable"), ...findInJson(schema, input.type, item)];
  });
}

function toProvided({ rules }: InputDefinition, from: Source): readonly ProvidedRule[] {
  return rules.map((requirement) => ({ requirement, of: "input field", from }));
}

const noInputs: ReadonlyMap<string, InputDefinition> = new Map();

/** The fields of an input object type; none of any other type, whatever a scalar's values look like. */
function findInputs(schema: SchemaDefinition, name: string): ReadonlyMap<string, InputDefinition> {
  return schema.types.get(name)?.inputs ?? noInputs;
}
