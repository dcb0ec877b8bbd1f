import type { Requirement } from "./requirement.ts";
import { readTypeName, type SchemaDefinition, type TypeDefinition } from "./type-definitions.ts";

/** Every interface that a type implements, also by way of another interface. */
export function findInterfaces(schema: SchemaDefinition, type: TypeDefinition): readonly TypeDefinition[] {
  const found = new Set<TypeDefinition>();
  const visit = (one: TypeDefinition): void => {
    for (const name of one.interfaces) {
      const declared = schema.types.get(name);
      if (declared === undefined || found.has(declared)) continue;
      found.add(declared);
      visit(declared);
    }
  };
  visit(type);
  return [...found];
}

/** Everything that a field of an object type requires of whoever selects it; all of it holds. */
export function findFieldRules(schema: SchemaDefinition, type: TypeDefinition, name: string): readonly Requirement[] {
  const field = type.fields.get(name);
  if (field === undefined) return [];
  return [
    ...field.rules,
    ...type.rules,
    ...(schema.types.get(readTypeName(field.type))?.rules ?? []),
    // An interface guards the fields that it declares, and no others.
    ...findInterfaces(schema, type).flatMap((declared) => {
      const inherited = declared.fields.get(name);
      return inherited === undefined ? [] : [...inherited.rules, ...declared.rules];
    }),
  ];
}

/** Everything that an argument of an object's field requires of whoever provides it; all of it holds. */
export function findArgumentRules(
  schema: SchemaDefinition,
  type: TypeDefinition,
  name: string,
  argument: string,
): readonly Requirement[] {
  return [type, ...findInterfaces(schema, type)].flatMap(
    (declaring) => declaring.fields.get(name)?.inputs.get(argument)?.rules ?? [],
  );
}
