import {
  type GraphQLArgument,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import type { PermittedReach } from "./permitted-reach.ts";

/** Of each interface the fields that are left, and of each of those the arguments; no field is left of some. */
export type PermittedInterfaces = ReadonlyMap<GraphQLInterfaceType, ReadonlyMap<string, readonly GraphQLArgument[]>>;

type Left = Map<GraphQLInterfaceType, Map<string, readonly GraphQLArgument[]>>;

/**
 * What is left of a schema's interfaces for one caller: the fields and arguments that are permitted of every object
 * that is left behind the interface, so that each of these goes on implementing it. An object of which nothing is left
 * does not count: where one turns up in a response, its fields are refused.
 */
export function createPermittedInterfaces(schema: GraphQLSchema, reach: PermittedReach): PermittedInterfaces {
  const left: Left = new Map();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type)) left.set(type, listCommonFields(type, reach));
  }
  // An interface of which nothing is left takes with it what an implementation of it was good for.
  let isStable: boolean;
  do {
    isStable = true;
    for (const [type, fields] of left) {
      const implementing = [...reach.listPossible(type), ...schema.getImplementations(type).interfaces];
      for (const name of fields.keys()) {
        if (implementing.every((other) => isKept(type, name, other, left, reach))) continue;
        fields.delete(name);
        isStable = false;
      }
    }
  } while (!isStable);
  return left;
}

function listCommonFields(type: GraphQLInterfaceType, reach: PermittedReach): Map<string, readonly GraphQLArgument[]> {
  const possible = reach.listPossible(type).map((object) => {
    const fields = reach
      .listFields(object)
      .map((field) => [field.name, listNames(reach.listArgs(object, field))] as const);
    return new Map(fields);
  });
  if (possible.length === 0) return new Map();
  return new Map(
    Object.values(type.getFields())
      .filter(({ name }) => possible.every((fields) => fields.has(name)))
      .map(({ name, args }) => [
        name,
        args.filter((arg) => possible.every((fields) => fields.get(name)?.has(arg.name))),
      ]),
  );
}

function listNames(args: readonly GraphQLArgument[]): ReadonlySet<string> {
  return new Set(args.map(({ name }) => name));
}

/** Whether a field of an interface is still what a type that implements it has. */
function isKept(
  type: GraphQLInterfaceType,
  name: string,
  implementing: GraphQLObjectType | GraphQLInterfaceType,
  left: Left,
  reach: PermittedReach,
): boolean {
  // It implements no interface any more.
  if (isInterfaceType(implementing) && !left.get(implementing)?.size) return true;
  const [declared, field] = [type.getFields()[name], implementing.getFields()[name]];
  if (declared === undefined || field === undefined) return false;
  const args = isObjectType(implementing) ? reach.listArgs(implementing, field) : left.get(implementing)?.get(name);
  if (args === undefined) return false;
  const declaredArgs = listNames(left.get(type)?.get(name) ?? []);
  return (
    [...declared.args, ...args].every((arg) => !isRequiredArgument(arg) || declaredArgs.has(arg.name)) &&
    isStillSubtype(getNamedType(field.type), getNamedType(declared.type), left)
  );
}

/** Of two types of which one was the other's subtype. */
function isStillSubtype(type: GraphQLNamedType, broader: GraphQLNamedType, left: Left): boolean {
  if (type === broader || isObjectType(type)) return true;
  return [type, broader].every((one) => isInterfaceType(one) && left.get(one)?.size);
}
