import type { Requirement } from "./requirement.ts";
import { findInterfaces } from "./rules.ts";
import { type InputDefinition, readTypeName, type SchemaDefinition, type TypeDefinition } from "./type-definitions.ts";

/** The coordinates of all places with a rule that no operation could ever make hold. */
export function findIneffectiveRules(schema: SchemaDefinition): readonly string[] {
  const objects = findReachableObjects(schema);
  const returned = new Set(objects.flatMap(({ fields }) => [...fields.values()].map(({ type }) => readTypeName(type))));
  const implemented = new Set(objects.flatMap((type) => findInterfaces(schema, type)));
  const provided = findInputTypes(
    schema,
    objects.flatMap(({ fields }) => [...fields.values()].flatMap(({ inputs }) => [...inputs.values()])),
  );

  function isEffective(type: TypeDefinition): boolean {
    switch (type.kind) {
      case "object":
        return objects.includes(type);
      case "interface":
        // A rule of an interface holds through the objects that implement it.
        return implemented.has(type);
      case "union":
      case "scalar":
      case "enum":
        // These hold through the fields that return them.
        return returned.has(type.name);
      case "input":
        return provided.has(type);
    }
  }

  const ofTypes = [...schema.types.values()]
    .filter((type) => !isEffective(type))
    .flatMap((type) => [
      ...findRuled([[type.name, type]]),
      ...[...type.fields].flatMap(([name, field]) => [
        ...findRuled([[`${type.name}.${name}`, field]]),
        ...findRuledInputs(field.inputs, (argument) => `${type.name}.${name}(${argument}:)`),
      ]),
      ...findRuledInputs(type.inputs, (name) => `${type.name}.${name}`),
    ]);
  // What a directive is given is given to no field: nobody is asked for a rule there, or on what is provided there.
  const ofDirectives = [...schema.directives].flatMap(([name, { inputs, isForOperations }]) =>
    [...inputs]
      .filter(
        ([, input]) =>
          input.rules.length > 0 || (isForOperations && [...findInputTypes(schema, [input])].some(hasRuledFields)),
      )
      .map(([argument]) => `@${name}(${argument}:)`),
  );
  return [...ofTypes, ...ofDirectives];
}

interface Ruled {
  readonly rules: readonly Requirement[];
}

function findRuled(places: readonly (readonly [string, Ruled])[]): readonly string[] {
  return places.filter(([, { rules }]) => rules.length > 0).map(([coordinate]) => coordinate);
}

function findRuledInputs(
  inputs: ReadonlyMap<string, InputDefinition>,
  toCoordinate: (name: string) => string,
): readonly string[] {
  return findRuled([...inputs].map(([name, input]) => [toCoordinate(name), input]));
}

/**
 * The object types that a value in some response can have. Only fields of objects lead on: what an interface's field
 * returns is what the implementing objects' fields return.
 */
function findReachableObjects(schema: SchemaDefinition): readonly TypeDefinition[] {
  const reached = new Set<TypeDefinition>();
  const visit = (name: string): void => {
    for (const type of findPossibleTypes(schema, name)) {
      if (reached.has(type)) continue;
      reached.add(type);
      for (const field of type.fields.values()) visit(readTypeName(field.type));
    }
  };
  for (const name of schema.roots.values()) visit(name);
  return [...reached];
}

/** The object types that a value of this type can have: itself, an interface's implementations, a union's members. */
export function findPossibleTypes(schema: SchemaDefinition, name: string): readonly TypeDefinition[] {
  const type = schema.types.get(name);
  switch (type?.kind) {
    case "object":
      return [type];
    case "interface":
      return [...schema.types.values()].filter(
        (other) => other.kind === "object" && findInterfaces(schema, other).includes(type),
      );
    case "union":
      return type.members.flatMap((member) => schema.types.get(member) ?? []);
    default:
      return [];
  }
}

/** The input object types of which some inputs can provide values, at any depth. */
function findInputTypes(schema: SchemaDefinition, inputs: readonly InputDefinition[]): ReadonlySet<TypeDefinition> {
  const found = new Set<TypeDefinition>();
  const visit = ({ type }: InputDefinition): void => {
    const input = schema.types.get(readTypeName(type));
    if (input?.kind !== "input" || found.has(input)) return;
    found.add(input);
    for (const field of input.inputs.values()) visit(field);
  };
  for (const input of inputs) visit(input);
  return found;
}

function hasRuledFields({ inputs }: TypeDefinition): boolean {
  return [...inputs.values()].some(({ rules }) => rules.length > 0);
}
