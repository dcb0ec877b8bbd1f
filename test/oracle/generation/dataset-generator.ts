import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from "graphql";
import type { DataObject, Dataset, DataValue, ResolverStyle } from "../dataset.ts";
import type { Choices } from "./choices.ts";

/** Generates what the resolvers of a schema return: one or two objects of each type, which refer to each other. */
export function generateDataset(choices: Choices, schema: GraphQLSchema): Dataset {
  const types = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith("__"));
  const roots: (GraphQLObjectType | null | undefined)[] = [schema.getQueryType(), schema.getMutationType()];
  const namesOf = new Map(
    types.map((type) => [
      type.name,
      roots.includes(type) ? [type.name] : choices.times(1, 2, (index) => `${type.name}${index}`),
    ]),
  );
  const coordinates = types.flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
  /** Root types that are behind no interface: nothing below them is one of them again. */
  const tops = roots.flatMap((type) => (type && type.getInterfaces().length === 0 ? [type] : []));
  // See `isRace` for why nothing below a root is a promise.
  const topCoordinates = tops.flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
  const objects = types.flatMap((type) =>
    (namesOf.get(type.name) ?? []).map((name): [string, DataObject] => [
      name,
      {
        typeName: type.name,
        fields: new Map(
          Object.values(type.getFields()).map((field) => [field.name, generateResult(field.type, tops.includes(type))]),
        ),
      },
    ]),
  );

  /** What a resolver returns, now and then what it should not. */
  function generateResult(type: GraphQLOutputType, isTop: boolean): DataValue {
    if (choices.chance(3)) return { kind: "failure" };
    // Lists in lists in lists would make answers that take minutes.
    const most = isTop ? 5 : 2;
    if (isNonNullType(type)) return choices.chance(3) ? null : generateValue(type.ofType, most);
    return choices.chance(10) ? null : generateValue(type, most);
  }

  function generateValue(type: GraphQLOutputType, most: number): DataValue {
    if (isNonNullType(type)) return choices.chance(1) ? null : generateValue(type.ofType, most);
    if (isListType(type)) {
      const item: GraphQLOutputType = type.ofType;
      return choices.times(0, most, () =>
        !isNonNullType(item) && choices.chance(10) ? null : generateValue(item, most > 2 ? 2 : 1),
      );
    }
    if (isEnumType(type)) return choices.pick(type.getValues()).name;
    if (isScalarType(type)) return scalarValues[type.name] ?? "scalar";
    const possible = isObjectType(type) ? [type] : schema.getPossibleTypes(type);
    // Nothing implements the interface.
    if (possible.length === 0) return null;
    return { kind: "reference", to: choices.pick(namesOf.get(choices.pick(possible).name) ?? []) };
  }

  return {
    objects: new Map(objects),
    styles: new Map(
      coordinates.map((coordinate) => [
        coordinate,
        choices.pick<ResolverStyle>(["resolver", "resolver", "getter", "method"]),
      ]),
    ),
    promised: new Set(choices.chance(30) ? choices.some(topCoordinates, 50) : []),
  };
}

const scalarValues: Readonly<Record<string, string | number | boolean>> = {
  Int: 1,
  Boolean: true,
  ID: "id",
  String: "text",
};
