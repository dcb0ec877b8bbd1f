import { findPossibleTypes } from "./effectiveness.ts";
import type { Caller } from "./execution.ts";
import { isMet, type Requirement } from "./requirement.ts";
import { findArgumentRules, findFieldRules } from "./rules.ts";
import { type InputDefinition, readTypeName, type SchemaDefinition, type TypeDefinition } from "./type-definitions.ts";

/** The coordinates of all that a caller may use and can reach: object types, their fields and arguments, and inputs. */
export function findPermittedNames(schema: SchemaDefinition, caller: Caller): ReadonlySet<string> {
  const has = (rules: readonly Requirement[]): boolean =>
    rules.length === 0 ||
    (caller.kind === "authenticated" && rules.every((rule) => isMet(rule, new Set(caller.scopes))));

  /** Looks at the whole schema as if only these types were left. */
  function look(left: ReadonlySet<string>) {
    const isLeft = (name: string): boolean => !schema.types.has(name) || left.has(name);
    const hasInput = (rules: readonly Requirement[], { type }: InputDefinition): boolean =>
      has(rules) && isLeft(readTypeName(type));
    const listArgs = (type: TypeDefinition, field: string): readonly (readonly [string, InputDefinition])[] =>
      [...(type.fields.get(field)?.inputs ?? [])].filter(([name, input]) =>
        hasInput(findArgumentRules(schema, type, field, name), input),
      );
    const listFields = (type: TypeDefinition): readonly (readonly [string, string])[] =>
      [...type.fields].flatMap(([name, field]) => {
        const given = new Set(listArgs(type, name).map(([argument]) => argument));
        const lacks = [...field.inputs].some(([argument, { isRequired }]) => isRequired && !given.has(argument));
        const isThere = has(findFieldRules(schema, type, name)) && isLeft(readTypeName(field.type)) && !lacks;
        return isThere ? [[name, readTypeName(field.type)] as const] : [];
      });
    const listInputs = (type: TypeDefinition): readonly (readonly [string, InputDefinition])[] =>
      [...type.inputs].filter(([, input]) => hasInput(input.rules, input));
    return { listArgs, listFields, listInputs };
  }

  function isSomethingLeft(type: TypeDefinition, left: ReadonlySet<string>): boolean {
    const { listFields, listInputs } = look(left);
    switch (type.kind) {
      case "object":
        return type.name === schema.roots.get("query") || listFields(type).length > 0;
      case "interface":
      case "union":
        return findPossibleTypes(schema, type.name).some(({ name }) => left.has(name));
      case "input": {
        const given = new Map(listInputs(type));
        return given.size > 0 && [...type.inputs].every(([name, { isRequired }]) => !isRequired || given.has(name));
      }
      case "scalar":
      case "enum":
        return true;
    }
  }

  let left: ReadonlySet<string> = new Set(schema.types.keys());
  for (let round = 0; round <= schema.types.size; round += 1) {
    const before = left;
    left = new Set([...schema.types.values()].filter((type) => isSomethingLeft(type, before)).map(({ name }) => name));
  }

  const names = new Set<string>();
  const { listArgs, listFields, listInputs } = look(left);
  const visitInput = ({ type }: InputDefinition): void => {
    const input = schema.types.get(readTypeName(type));
    if (input === undefined || names.has(input.name)) return;
    names.add(input.name);
    for (const [name, field] of listInputs(input)) {
      names.add(`${input.name}.${name}`);
      visitInput(field);
    }
  };
  const visit = (name: string): void => {
    const type = schema.types.get(name);
    if (type?.kind === "scalar" || type?.kind === "enum") names.add(name);
    for (const object of findPossibleTypes(schema, name)) {
      if (!left.has(object.name) || names.has(object.name)) continue;
      names.add(object.name);
      for (const [field, returned] of listFields(object)) {
        names.add(`${object.name}.${field}`);
        for (const [argument, input] of listArgs(object, field)) {
          names.add(`${object.name}.${field}(${argument}:)`);
          visitInput(input);
        }
        visit(returned);
      }
    }
  };
  for (const root of schema.roots.values()) visit(root);
  return names;
}
