import {
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  parseConstValue,
  valueFromASTUntyped,
} from "graphql";
import type { Choices } from "./choices.ts";

/** Makes a variable for a place inside of a literal; undefined for a literal there instead. */
export type VariableMaker = (type: GraphQLInputType) => string | undefined;

/** A literal of an input type, as it is written in an operation or as a default. */
export function generateLiteral(
  choices: Choices,
  type: GraphQLInputType,
  makeVariable: VariableMaker = () => undefined,
  depth: number = 0,
): string {
  if (isNonNullType(type)) return generateNonNull(choices, type.ofType, makeVariable, depth);
  return choices.chance(12) ? "null" : generateNonNull(choices, type, makeVariable, depth);
}

function generateNonNull(choices: Choices, type: GraphQLInputType, makeVariable: VariableMaker, depth: number): string {
  /** An item of a list, or a field of an object: these can be variables. */
  const generatePart = (part: GraphQLInputType): string =>
    makeVariable(part) ?? generateLiteral(choices, part, makeVariable, depth + 1);

  if (isListType(type)) {
    // One value stands for a list of one, also for a list of lists, if it is no variable and not null.
    if (choices.chance(25)) return generateNonNull(choices, getNamedType(type), makeVariable, depth + 1);
    return `[${choices.times(0, depth > 2 ? 0 : 2, () => generatePart(type.ofType)).join(", ")}]`;
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
      .filter((field) => isRequiredInputField(field) || choices.chance(depth > 2 ? 0 : 45))
      .map((field) => `${field.name}: ${generatePart(field.type)}`);
    return `{ ${fields.join(", ")} }`;
  }
  if (isEnumType(type)) return choices.pick(type.getValues()).name;
  switch (type.name) {
    case "Int":
      return String(choices.below(10));
    case "Boolean":
      return choices.pick(["false", "true"]);
    case "ID":
      return choices.pick(["1", '"id"']);
    case "String":
      return choices.pick(['"text"', '""']);
    default:
      // A scalar's value may look like an object with a guarded field, and is none.
      return choices.pick(['"s"', "1", "{ secret: 1 }", "[{ secret: null }]"]);
  }
}

/** A literal without variables as the JSON value that means the same. */
export function toJson(literal: string): unknown {
  return JSON.parse(JSON.stringify(valueFromASTUntyped(parseConstValue(literal))));
}
