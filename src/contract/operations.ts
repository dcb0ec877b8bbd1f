import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isRequiredArgument,
  parse,
} from "graphql";
import { toArgumentCoordinate } from "../authorization/places.ts";
import { createValue } from "./input-values.ts";
import type { Hop, Path } from "./paths.ts";

/** An operation that asks for one field, with what it has to provide. */
export interface GeneratedOperation {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The response keys on the way to the field, and its own. */
  readonly path: readonly string[];
  /** As the stubs need it. */
  readonly types: ReadonlyMap<string, string>;
  /** The coordinates of the field, and of the arguments and input fields that are provided to it. */
  readonly asked: readonly string[];
}

/** Asks for a field by a path, with its required arguments and those, and the input fields, that are to be given. */
export function createOperation(
  { operation, hops }: Path,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  given: ReadonlySet<string>,
): GeneratedOperation {
  const definitions: string[] = [];
  const variables: Record<string, unknown> = {};
  const asked: string[] = [`${type.name}.${field.name}`];

  function provide(
    owner: GraphQLObjectType,
    called: GraphQLField<unknown, unknown>,
    note: (place: string) => void,
  ): string {
    const toPlace = (arg: GraphQLArgument): string => toArgumentCoordinate(owner, called, arg);
    const args = called.args.filter((arg) => isRequiredArgument(arg) || given.has(toPlace(arg)));
    const texts = args.map((arg) => {
      const name = `v${definitions.length}`;
      definitions.push(`$${name}: ${arg.type}`);
      note(toPlace(arg));
      variables[name] = createValue(arg.type, { isGiven: (place) => given.has(place), note });
      return `${arg.name}: $${name}`;
    });
    return texts.length === 0 ? "" : `(${texts.join(", ")})`;
  }

  const own = `${field.name}${provide(type, field, (place) => asked.push(place))}`;
  const last = isCompositeType(getNamedType(field.type)) ? `${own} { __typename }` : own;
  const selection = hops.reduceRight(
    (inner, hop) =>
      `${hop.field.name}${provide(hop.type, hop.field, () => undefined)} { ... on ${hop.to.name} { ${inner} } }`,
    last,
  );
  const head = definitions.length === 0 ? operation : `${operation}(${definitions.join(", ")})`;
  return {
    document: parse(`${head} { ${selection} }`),
    variables,
    path: [...hops.map((hop) => hop.field.name), field.name],
    types: new Map(hops.map((hop: Hop) => [`${hop.type.name}.${hop.field.name}`, hop.to.name])),
    asked,
  };
}

/** A field, and what it must be given to provide an argument of it or an input field. */
export interface InputUse {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly given: ReadonlySet<string>;
}

/** By coordinate: a shortest way to provide each argument and input field that the fields of these types take. */
export function findInputUses(types: Iterable<GraphQLObjectType>): ReadonlyMap<string, InputUse> {
  const uses = new Map<string, InputUse & { readonly takes: ReturnType<typeof getNamedType> }>();
  for (const type of types) {
    for (const field of Object.values(type.getFields())) {
      for (const arg of field.args) {
        const place = toArgumentCoordinate(type, field, arg);
        uses.set(place, { type, field, given: new Set([place]), takes: getNamedType(arg.type) });
      }
    }
  }
  for (const { type, field, given, takes } of uses.values()) {
    if (!isInputObjectType(takes)) continue;
    for (const input of Object.values(takes.getFields())) {
      const place = `${takes.name}.${input.name}`;
      if (uses.has(place)) continue;
      uses.set(place, { type, field, given: new Set([...given, place]), takes: getNamedType(input.type) });
    }
  }
  return uses;
}
