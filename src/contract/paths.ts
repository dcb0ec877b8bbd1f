import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  OperationTypeNode,
} from "graphql";

/** One field on the way to an object. */
export interface Hop {
  /** The type that the field is of. */
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  /** The type of the object that it must return. */
  readonly to: GraphQLObjectType;
}

/** How an operation gets to an object. */
export interface Path {
  readonly operation: OperationTypeNode;
  readonly hops: readonly Hop[];
}

/** The shortest path to each object type that an operation reaches. */
export function findPaths(schema: GraphQLSchema): ReadonlyMap<GraphQLObjectType, Path> {
  const paths = new Map<GraphQLObjectType, Path>();
  for (const operation of Object.values(OperationTypeNode)) {
    const root = schema.getRootType(operation);
    if (root) paths.set(root, { operation, hops: [] });
  }
  // A Map is walked in the order in which it grows: what is found is walked after what is nearer.
  for (const [type, { operation, hops }] of paths) {
    for (const field of Object.values(type.getFields())) {
      for (const to of listObjects(schema, field)) {
        if (!paths.has(to)) paths.set(to, { operation, hops: [...hops, { type, field, to }] });
      }
    }
  }
  return paths;
}

function listObjects(schema: GraphQLSchema, { type }: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
  const named = getNamedType(type);
  if (isAbstractType(named)) return schema.getPossibleTypes(named);
  return isObjectType(named) ? [named] : [];
}
