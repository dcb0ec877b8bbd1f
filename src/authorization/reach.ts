import {
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isObjectType,
  OperationTypeNode,
} from "graphql";

/** What operations can reach, from the root types on. */
export interface Reach {
  /** Every object type that can answer. */
  readonly objects: ReadonlySet<GraphQLNamedType>;
  /** Every type that a field of one of them returns, through lists and non-null. */
  readonly returned: ReadonlySet<GraphQLNamedType>;
  /** Every type that an argument of such a field takes, or a field of another such type. */
  readonly taken: ReadonlySet<GraphQLNamedType>;
  /** Every interface that one of the objects implements, transitively. */
  readonly implemented: ReadonlySet<GraphQLNamedType>;
}

/** Walks a schema as operations can. What is not reached is never asked for, and no rule on it takes effect. */
export function createReach(schema: GraphQLSchema): Reach {
  const objects = new Set<GraphQLNamedType>();
  const returned = new Set<GraphQLNamedType>();
  const taken = new Set<GraphQLNamedType>();
  const pending: GraphQLObjectType[] = listRootTypes(schema);
  for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
    if (objects.has(type)) continue;
    objects.add(type);
    for (const { type: fieldType, args } of Object.values(type.getFields())) {
      const named = getNamedType(fieldType);
      returned.add(named);
      if (isObjectType(named)) pending.push(named);
      if (isAbstractType(named)) pending.push(...schema.getPossibleTypes(named));
      for (const arg of args) addTaken(getNamedType(arg.type), taken);
    }
  }
  const implemented = new Set([...objects].flatMap((type) => (isObjectType(type) ? listInterfaces(type) : [])));
  return { objects, returned, taken, implemented };
}

/** The types that operations start from, whatever their names. */
export function listRootTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(OperationTypeNode).flatMap((operation) => schema.getRootType(operation) ?? []);
}

/** The interfaces that a type implements, and those that they implement. */
export function listInterfaces(
  type: GraphQLObjectType | GraphQLInterfaceType,
): ReturnType<GraphQLObjectType["getInterfaces"]> {
  const found = new Set(type.getInterfaces());
  for (const declared of found) for (const inherited of declared.getInterfaces()) found.add(inherited);
  return [...found];
}

/** Adds an input type and all that its fields take, at any depth. */
function addTaken(type: GraphQLNamedType, taken: Set<GraphQLNamedType>): void {
  if (taken.has(type)) return;
  taken.add(type);
  if (!isInputObjectType(type)) return;
  for (const field of Object.values(type.getFields())) addTaken(getNamedType(field.type), taken);
}
