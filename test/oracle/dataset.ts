/** What the resolvers of a generated schema return: objects that refer to each other by name. */
export interface Dataset {
  /** By name; a root type's object has the name of its type. */
  readonly objects: ReadonlyMap<string, DataObject>;
  /** By coordinate of a field: how it is resolved. */
  readonly styles: ReadonlyMap<string, ResolverStyle>;
  /** The coordinates of root fields whose resolvers return a promise. */
  readonly promised: ReadonlySet<string>;
}

/** A resolver in the schema; or, for graphql-js's default resolver, a getter or a method of the source. */
export type ResolverStyle = "resolver" | "getter" | "method";

export interface DataObject {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, DataValue>;
}

export type DataValue = null | string | number | boolean | readonly DataValue[] | Reference | Failure;

interface Reference {
  readonly kind: "reference";
  readonly to: string;
}

/** The resolver throws, or its promise is rejected. */
interface Failure {
  readonly kind: "failure";
}

/** Finds an object of the data. */
export function findObject({ objects }: Dataset, name: string): DataObject {
  const object = objects.get(name);
  if (object === undefined) throw new Error(`No object ${name} in the data`);
  return object;
}
