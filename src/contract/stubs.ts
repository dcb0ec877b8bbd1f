import { MapperKind, mapSchema } from "@graphql-tools/utils";
import {
  type GraphQLFieldResolver,
  GraphQLInterfaceType,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  type GraphQLSchema,
  GraphQLUnionType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isScalarType,
  isSpecifiedScalarType,
} from "graphql";
import type { AuthContext } from "../authorization/decision.ts";
import { moveGuard } from "../authorization/field-guard.ts";

/** The context of one operation on a stubbed schema. */
export interface StubContext extends AuthContext {
  /** The field whose guard asks; those on the way to it are open, so that each is asked by itself. */
  readonly target: string;
  /** By coordinate of a field: the name of the type of the object that it returns, where that could be several. */
  readonly types: ReadonlyMap<string, string>;
  /** The coordinates of the fields that were resolved. */
  readonly resolved: Set<string>;
}

type Resolver = GraphQLFieldResolver<unknown, StubContext>;

/**
 * A guarded schema with the guards it has, before resolvers that call nothing and return something of the right type.
 * Custom scalars take and give every value; what an object behind an interface or union is, the context says.
 */
export function stubSchema(schema: GraphQLSchema): GraphQLSchema {
  const subscriptionName = schema.getSubscriptionType()?.name;
  return mapSchema(schema, {
    [MapperKind.ABSTRACT_TYPE]: (type) =>
      isInterfaceType(type)
        ? new GraphQLInterfaceType({ ...type.toConfig(), resolveType: readTypeName })
        : new GraphQLUnionType({ ...type.toConfig(), resolveType: readTypeName }),
    [MapperKind.OBJECT_TYPE]: (type) => new GraphQLObjectType({ ...type.toConfig(), isTypeOf: null }),
    [MapperKind.SCALAR_TYPE]: (type) =>
      isSpecifiedScalarType(type) ? type : new GraphQLScalarType({ name: type.name }),
    [MapperKind.OBJECT_FIELD]: ({ resolve, subscribe, ...field }, fieldName, typeName) => {
      const coordinate = `${typeName}.${fieldName}`;
      const answer: Resolver = (_source, _args, context) => {
        context.resolved.add(coordinate);
        return createAnswer(schema, field.type, context.types.get(coordinate));
      };
      return {
        ...field,
        resolve: stubResolver(coordinate, resolve, answer),
        ...(typeName === subscriptionName && { subscribe: stubResolver(coordinate, subscribe, sendOnce) }),
      };
    },
  });
}

function readTypeName(value: unknown): string {
  return (value as { readonly __typename: string }).__typename;
}

/** One event. */
async function* sendOnce(): AsyncGenerator<undefined> {
  yield undefined;
}

function stubResolver(coordinate: string, resolve: Parameters<typeof moveGuard>[0], stub: Resolver): Resolver {
  const guarded = moveGuard(resolve, stub as Parameters<typeof moveGuard>[1]) ?? stub;
  return (source, args, context, info) => (context.target === coordinate ? guarded : stub)(source, args, context, info);
}

function createAnswer(schema: GraphQLSchema, type: GraphQLOutputType, typeName: string | undefined): unknown {
  if (isNonNullType(type)) return createAnswer(schema, type.ofType, typeName);
  if (isListType(type)) return [createAnswer(schema, type.ofType, typeName)];
  if (isEnumType(type)) return type.getValues()[0]?.value;
  if (isScalarType(type)) return type.name === "Boolean" ? true : 1;
  if (isAbstractType(type)) return { __typename: typeName ?? schema.getPossibleTypes(type)[0]?.name };
  return {};
}
