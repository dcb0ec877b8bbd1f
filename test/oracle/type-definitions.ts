import {
  type DefinitionNode,
  type DirectiveNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  parse,
  type TypeNode,
  type ValueNode,
} from "graphql";
import { type Requirement, validToken } from "./requirement.ts";

/** An argument, or a field of an input object type. */
export interface InputDefinition {
  readonly type: TypeNode;
  readonly rules: readonly Requirement[];
  /** Whether it must be given: it has no default and must not be null. */
  readonly isRequired: boolean;
}

/** A field of an object or interface type. */
interface FieldDefinition {
  readonly type: TypeNode;
  readonly rules: readonly Requirement[];
  readonly inputs: ReadonlyMap<string, InputDefinition>;
}

type TypeKind = "object" | "interface" | "union" | "scalar" | "enum" | "input";

/** A type with everything that its definition and its extensions say. What a kind does not have is empty. */
export interface TypeDefinition {
  readonly name: string;
  readonly kind: TypeKind;
  readonly rules: Requirement[];
  /** Only those that are written out. */
  readonly interfaces: string[];
  readonly members: string[];
  readonly fields: Map<string, FieldDefinition>;
  readonly inputs: Map<string, InputDefinition>;
}

/** A directive; whether an operation can have it, or only a schema. */
interface DirectiveDefinition {
  readonly inputs: ReadonlyMap<string, InputDefinition>;
  readonly isForOperations: boolean;
}

/** What a text in SDL defines. Scalars that GraphQL brings are not among the types. */
export interface SchemaDefinition {
  readonly types: ReadonlyMap<string, TypeDefinition>;
  /** By operation type: `query`, `mutation`, `subscription`. */
  readonly roots: ReadonlyMap<string, string>;
  readonly directives: ReadonlyMap<string, DirectiveDefinition>;
}

/** Reads SDL: a type is what its definition and all of its extensions say together. */
export function readSchema(sdl: string): SchemaDefinition {
  const types = new Map<string, TypeDefinition>();
  const roots = new Map<string, string>();
  const directives = new Map<string, DirectiveDefinition>();
  for (const definition of parse(sdl).definitions) {
    if (definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION) {
      for (const { operation, type } of definition.operationTypes ?? []) roots.set(operation, type.name.value);
    } else if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      directives.set(definition.name.value, {
        inputs: readInputs(definition.arguments),
        isForOperations: definition.locations.some(({ value }) => operationPlaces.includes(value)),
      });
    } else {
      readType(definition, types);
    }
  }
  if (roots.size === 0) {
    for (const [operation, name] of defaultRoots) if (types.has(name)) roots.set(operation, name);
  }
  return { types, roots, directives };
}

/** The root types of a schema that does not say which they are. */
const defaultRoots: readonly (readonly [string, string])[] = [
  ["query", "Query"],
  ["mutation", "Mutation"],
  ["subscription", "Subscription"],
];

/** Where in an operation a directive can stand. */
const operationPlaces: readonly string[] = [
  "QUERY",
  "MUTATION",
  "SUBSCRIPTION",
  "FIELD",
  "FRAGMENT_DEFINITION",
  "FRAGMENT_SPREAD",
  "INLINE_FRAGMENT",
  "VARIABLE_DEFINITION",
];

function readType(definition: DefinitionNode, types: Map<string, TypeDefinition>): void {
  const kind = readKind(definition);
  if (kind === undefined || !("name" in definition) || definition.name === undefined) return;
  const name = definition.name.value;
  const type: TypeDefinition = types.get(name) ?? {
    name,
    kind,
    rules: [],
    interfaces: [],
    members: [],
    fields: new Map(),
    inputs: new Map(),
  };
  types.set(name, type);
  if ("directives" in definition) type.rules.push(...readRules(definition.directives));
  if ("interfaces" in definition) type.interfaces.push(...(definition.interfaces ?? []).map(toName));
  if ("types" in definition) type.members.push(...(definition.types ?? []).map(toName));
  if ("fields" in definition) {
    for (const field of definition.fields ?? []) {
      if (field.kind === Kind.FIELD_DEFINITION) type.fields.set(field.name.value, readField(field));
      else type.inputs.set(field.name.value, readInput(field));
    }
  }
}

function readKind(definition: DefinitionNode): TypeKind | undefined {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION:
      return "object";
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_EXTENSION:
      return "interface";
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.UNION_TYPE_EXTENSION:
      return "union";
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_EXTENSION:
      return "scalar";
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_EXTENSION:
      return "enum";
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_EXTENSION:
      return "input";
    default:
      return undefined;
  }
}

function readField(field: FieldDefinitionNode): FieldDefinition {
  return { type: field.type, rules: readRules(field.directives), inputs: readInputs(field.arguments) };
}

function readInputs(inputs: readonly InputValueDefinitionNode[] = []): ReadonlyMap<string, InputDefinition> {
  return new Map(inputs.map((input) => [input.name.value, readInput(input)]));
}

function readInput(input: InputValueDefinitionNode): InputDefinition {
  const isRequired = input.type.kind === Kind.NON_NULL_TYPE && input.defaultValue === undefined;
  return { type: input.type, rules: readRules(input.directives), isRequired };
}

/** Every rule that stands at one place, in the order in which they are written; all of them hold. */
function readRules(directives: readonly DirectiveNode[] = []): readonly Requirement[] {
  return directives.flatMap(({ name, arguments: given = [] }) => {
    if (name.value === "auth") return [validToken];
    const scopes = given.find((argument) => argument.name.value === "scopes");
    return name.value === "requiresScope" && scopes !== undefined ? [readAlternatives(scopes.value)] : [];
  });
}

/** The outer list is OR, the inner ones are AND; `"a"` and `["a"]` are one scope. */
function readAlternatives(scopes: ValueNode): Requirement {
  return toItems(scopes).map((alternative) => new Set(toItems(alternative).map(toText)));
}

function toItems(value: ValueNode): readonly ValueNode[] {
  return value.kind === Kind.LIST ? value.values : [value];
}

function toText(value: ValueNode): string {
  if (value.kind !== Kind.STRING) throw new Error(`A scope must be a string, not ${value.kind}`);
  return value.value;
}

function toName(node: { readonly name: { readonly value: string } }): string {
  return node.name.value;
}

/** The name of a type without its lists and non-nulls. */
export function readTypeName(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : readTypeName(type.type);
}
