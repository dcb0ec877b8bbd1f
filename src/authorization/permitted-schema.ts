import {
  type GraphQLArgument,
  type GraphQLArgumentConfig,
  GraphQLBoolean,
  GraphQLDirective,
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLInputFieldConfig,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  type GraphQLType,
  GraphQLUnionType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedDirective,
  isUnionType,
} from "graphql";
import { createPermittedInterfaces, type PermittedInterfaces } from "./permitted-interfaces.ts";
import { createPermittedReach, type IsPermitted, type PermittedReach } from "./permitted-reach.ts";
import { isExecutable } from "./places.ts";

type Field = GraphQLField<unknown, unknown>;
type FieldConfig = GraphQLFieldConfig<unknown, unknown>;

/**
 * The part of a schema that one caller may use, for looking at and not for executing. Everything it names is permitted
 * and can be reached, and every field of an object that is permitted and can be reached is in it.
 *
 * - An interface has the fields that are permitted of each object behind it. One that has none left is shown as the
 *   union of those objects.
 * - Query always exists: where nothing of it is permitted it has one field, `findPlaceholder`'s.
 * - Directives that operations cannot use are left out, but for those of GraphQL itself.
 *
 * Descriptions and reasons of deprecation are passed on as they were written, whatever they name.
 */
export function toPermittedSchema(schema: GraphQLSchema, isPermitted: IsPermitted): GraphQLSchema {
  const reach = createPermittedReach(schema, isPermitted);
  const toView = createTypeViews(schema, reach, createPermittedInterfaces(schema, reach));
  const toRoot = (type: GraphQLObjectType | null | undefined): GraphQLObjectType | undefined =>
    type && reach.objects.has(type) ? toView(type) : undefined;
  return new GraphQLSchema({
    description: schema.description,
    query: toRoot(schema.getQueryType()),
    mutation: toRoot(schema.getMutationType()),
    subscription: toRoot(schema.getSubscriptionType()),
    types: [...reach.objects].map(toView),
    directives: schema
      .getDirectives()
      .filter((directive) => isExecutable(directive) || isSpecifiedDirective(directive))
      .map((directive) => toDirectiveView(directive, toView)),
    // It follows from a schema that was valid; and what an executor asks of it are its names.
    assumeValid: true,
  });
}

type ToView = <T extends GraphQLType>(type: T) => T;

/** Makes the function that gives, of every type, what one caller may see of it. */
function createTypeViews(schema: GraphQLSchema, reach: PermittedReach, interfaces: PermittedInterfaces): ToView {
  const views = new Map<GraphQLNamedType, GraphQLNamedType>();
  const toView = ((type: GraphQLType): GraphQLType => {
    if (isNonNullType(type)) return new GraphQLNonNull(toView(type.ofType));
    if (isListType(type)) return new GraphQLList(toView(type.ofType));
    const view = views.get(type) ?? createView(type);
    views.set(type, view);
    return view;
  }) as ToView;

  const listInterfaces = (type: GraphQLObjectType | GraphQLInterfaceType): GraphQLInterfaceType[] =>
    type
      .getInterfaces()
      .filter((declared) => interfaces.get(declared)?.size)
      .map(toView);

  function listObjectFields(type: GraphQLObjectType): readonly (readonly [string, FieldConfig])[] {
    const fields = reach
      .listFields(type)
      .map((field) => [field.name, toFieldView(field, reach.listArgs(type, field), toView)] as const);
    return fields.length > 0 || type !== schema.getQueryType() ? fields : [[findPlaceholder(type), placeholder]];
  }

  /** Of a scalar or an enum all is seen: it is itself. */
  function createView(type: GraphQLNamedType): GraphQLNamedType {
    const { name, description } = type;
    if (isObjectType(type)) {
      const fields = (): Record<string, FieldConfig> => toRecord(listObjectFields(type));
      return new GraphQLObjectType({ name, description, interfaces: () => listInterfaces(type), fields });
    }
    if (isInterfaceType(type) && interfaces.get(type)?.size) {
      const fields = (): Record<string, FieldConfig> =>
        toRecord(
          [...(interfaces.get(type) ?? [])].flatMap(([fieldName, args]) => {
            const field = type.getFields()[fieldName];
            return field === undefined ? [] : [[fieldName, toFieldView(field, args, toView)] as const];
          }),
        );
      return new GraphQLInterfaceType({ name, description, interfaces: () => listInterfaces(type), fields });
    }
    if (isInterfaceType(type) || isUnionType(type)) {
      return new GraphQLUnionType({ name, description, types: () => reach.listPossible(type).map(toView) });
    }
    if (isInputObjectType(type)) {
      const fields = (): Record<string, GraphQLInputFieldConfig> =>
        toRecord(reach.listInputFields(type).map((field) => [field.name, toInputView(field, toView)] as const));
      return new GraphQLInputObjectType({ name, description, isOneOf: type.isOneOf, fields });
    }
    return type;
  }

  return toView;
}

const placeholder: FieldConfig = {
  type: GraphQLBoolean,
  description: "Always null. Nothing else can be asked here without a token that grants more.",
};

/** The name of the field that Query has for whoever may use no other. */
export function findPlaceholder(query: GraphQLObjectType): string {
  // It is among them itself, unseen, where it can be asked for.
  const names = Object.keys(query.getFields());
  let name = "nothing_";
  while (names.includes(name)) name += "_";
  return name;
}

function toFieldView(field: Field, args: readonly GraphQLArgument[], toView: ToView): FieldConfig {
  const { type, description, deprecationReason } = field;
  return { type: toView(type), description, deprecationReason, args: toArgViews(args, toView) };
}

function toArgViews(args: readonly GraphQLArgument[], toView: ToView): Record<string, GraphQLArgumentConfig> {
  return toRecord(args.map((arg) => [arg.name, toInputView(arg, toView)] as const));
}

type Input = Pick<GraphQLArgument, "type" | "description" | "defaultValue" | "deprecationReason">;

/** A default loses what may not be named: it is printed by the fields that its type still has. */
function toInputView({ type, description, defaultValue, deprecationReason }: Input, toView: ToView): Input {
  return { type: toView(type), description, defaultValue, deprecationReason };
}

function toDirectiveView(directive: GraphQLDirective, toView: ToView): GraphQLDirective {
  const { name, description, locations, isRepeatable, args } = directive;
  return new GraphQLDirective({ name, description, locations, isRepeatable, args: toArgViews(args, toView) });
}

/** Without a prototype: a field may be named `__proto__` or `constructor`. */
function toRecord<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  const record: Record<string, T> = Object.create(null);
  for (const [name, value] of entries) record[name] = value;
  return record;
}
