import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from "graphql";

/** What to give of input objects, beside what they must have. */
export interface Provision {
  /** Of an input field, by its coordinate. */
  readonly isGiven: (coordinate: string) => boolean;
  /** Is told of every input field that is given. */
  readonly note: (coordinate: string) => void;
}

const samples: Readonly<Record<string, unknown>> = { Int: 1, Float: 1, Boolean: true };

/** Makes a value for an input type, as JSON. Of each input object in it only the first has what need not be given. */
export function createValue(root: GraphQLInputType, { isGiven, note }: Provision): unknown {
  const made = new Set<GraphQLInputObjectType>();

  function create(type: GraphQLInputType, around: ReadonlySet<GraphQLNamedType>): unknown {
    if (isNonNullType(type)) return create(type.ofType, around);
    // An input object may have to contain a list of its own type.
    if (isListType(type)) return around.has(getNamedType(type)) ? [] : [create(type.ofType, around)];
    if (isEnumType(type)) return type.getValues()[0]?.name;
    if (!isInputObjectType(type)) return samples[type.name] ?? "1";
    const inside = new Set([...around, type]);
    const values = chooseFields(type).map((field) => {
      const coordinate = `${type.name}.${field.name}`;
      note(coordinate);
      return [field.name, create(field.type, inside)];
    });
    return Object.fromEntries(values);
  }

  function chooseFields(type: GraphQLInputObjectType): readonly GraphQLInputField[] {
    const fields = Object.values(type.getFields());
    const isFirst = !made.has(type);
    made.add(type);
    const chosen = fields.filter((field) => {
      return isRequiredInputField(field) || (isFirst && isGiven(`${type.name}.${field.name}`));
    });
    if (!type.isOneOf) return chosen;
    // Of these exactly one must be given; the last resort is one that ends here.
    const last = fields.find((field) => !isInputObjectType(getNamedType(field.type))) ?? fields[0];
    return [...chosen, ...(last ? [last] : [])].slice(0, 1);
  }

  return create(root, new Set());
}
