import type { OperationDefinitionNode, ValueNode } from "graphql";

/** What a variable has as its value: what the request gives it, or the default that the operation gives it. */
type VariableValue =
  | { readonly kind: "given"; readonly value: unknown }
  | { readonly kind: "default"; readonly value: ValueNode }
  | { readonly kind: "none" };

export type Variables = (name: string) => VariableValue;

/** The values of an operation's variables. */
export function readVariables(operation: OperationDefinitionNode, given: Readonly<Record<string, unknown>>): Variables {
  const values = new Map<string, VariableValue>();
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (Object.hasOwn(given, name)) values.set(name, { kind: "given", value: given[name] });
    else if (defaultValue !== undefined) values.set(name, { kind: "default", value: defaultValue });
  }
  return (name) => values.get(name) ?? { kind: "none" };
}
