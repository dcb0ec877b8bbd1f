import { type GraphQLInputType, type GraphQLNonNull, isNonNullType } from "graphql";
import type { Choices } from "./choices.ts";
import { generateLiteral, toJson } from "./literal-generator.ts";

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly defaultValue: string | undefined;
  /** Absent when the request does not give it a value. */
  readonly given?: { readonly value: unknown };
}

/** The variables of a document; each operation declares those it uses. */
export interface VariableGenerator {
  /** The name of a variable, new or used before, that may stand at a place of this type. */
  readonly use: (type: GraphQLInputType, placeHasDefault?: boolean) => string;
  readonly declare: (names: ReadonlySet<string>) => string;
  /** What the request gives. */
  readonly readValues: () => Record<string, unknown>;
}

const names = ["v", "constructor", "w", "__proto__", "toString"];

export function createVariableGenerator(choices: Choices): VariableGenerator {
  const variables: Variable[] = [];

  /** A null never gets to a place that must not have one: such a request is wrong, and no matter of authorization. */
  function create(type: GraphQLInputType, placeHasDefault: boolean): Omit<Variable, "name"> {
    const literal = generateLiteral(choices, type);
    const value = toJson(literal);
    const nullable = (isNonNullType(type) ? (type as GraphQLNonNull<GraphQLInputType>).ofType : type).toString();
    const nonNull = `${nullable}!`;
    if (isNonNullType(type)) {
      switch (choices.below(placeHasDefault ? 5 : 4)) {
        case 0:
          return { type: nonNull, defaultValue: undefined, given: { value } };
        case 1:
          return { type: nonNull, defaultValue: literal };
        case 2:
          return { type: nullable, defaultValue: literal };
        case 3:
          return { type: nullable, defaultValue: literal, given: { value } };
        default:
          return { type: nullable, defaultValue: undefined };
      }
    }
    switch (choices.below(value === null ? 4 : 6)) {
      case 0:
        return { type: nullable, defaultValue: undefined, given: { value } };
      case 1:
        return { type: nullable, defaultValue: undefined };
      case 2:
        return { type: nullable, defaultValue: literal };
      case 3:
        return { type: nullable, defaultValue: literal, given: { value: null } };
      case 4:
        return { type: nonNull, defaultValue: undefined, given: { value } };
      default:
        return { type: nonNull, defaultValue: literal };
    }
  }

  return {
    use: (type, placeHasDefault = false) => {
      const usable = variables.filter((variable) => variable.type === type.toString());
      if (usable.length > 0 && choices.chance(35)) return choices.pick(usable).name;
      const name = names[variables.length] ?? `v${variables.length}`;
      variables.push({ name, ...create(type, placeHasDefault) });
      return name;
    },
    declare: (used) => {
      const declarations = variables
        .filter(({ name }) => used.has(name))
        .map(({ name, type, defaultValue }) =>
          defaultValue === undefined ? `$${name}: ${type}` : `$${name}: ${type} = ${defaultValue}`,
        );
      return declarations.length > 0 ? `(${declarations.join(", ")})` : "";
    },
    // From entries, so that a variable may have any name.
    readValues: () => Object.fromEntries(variables.flatMap(({ name, given }) => (given ? [[name, given.value]] : []))),
  };
}
