import { makeExecutableSchema } from "@graphql-tools/schema";
import { type ExecutionResult, execute, type GraphQLSchema } from "graphql";
import type { Authentication } from "../../src/authentication/principal.ts";
import { type AuthDirectivesOptions, authDirectives } from "../../src/authorization/guard.ts";
import { PolicyError } from "../../src/authorization/policy.ts";
import { createRefusal } from "../../src/errors.ts";
import { anonymous, authenticatedAs } from "../../src/testing.ts";
import { type DataObject, type Dataset, type DataValue, findObject } from "./dataset.ts";
import type { Caller, Execution, Outcome, ResponseValue } from "./execution.ts";
import { describeRequirement } from "./requirement.ts";

/** What resolvers find in the context, beside what authorization needs. */
interface Context {
  readonly authentication: Authentication;
  readonly calls: string[];
}

type Resolver = (source: unknown, args: unknown, context: Context) => unknown;

/** For a server, which makes the context itself, and has no root object. */
interface ProductOptions extends AuthDirectivesOptions {
  /** Where resolvers note their calls, and not in the context; those of root fields then find their object themselves. */
  readonly served?: string[];
}

/** The guarded schema of some SDL; throws a `PolicyError` if it has rules that could not hold. */
export function buildProduct(
  sdl: string,
  dataset?: Dataset,
  { served, ...options }: ProductOptions = {},
): GraphQLSchema {
  const auth = authDirectives(options);
  // Without a prototype: graphql-tools would take a field's resolver from it when the field is named "toString".
  const resolvers: Record<string, Record<string, Resolver>> = Object.create(null);
  for (const [coordinate, style] of dataset?.styles ?? []) {
    const [typeName = "", fieldName = ""] = coordinate.split(".");
    // A root type's object has its name.
    const root = served && dataset?.objects.get(typeName);
    if (dataset === undefined || (style !== "resolver" && root === undefined)) continue;
    const resolve: Resolver = (source, _, context) =>
      readField(dataset, source === undefined && root ? root : toObject(source), fieldName, served ?? context.calls);
    resolvers[typeName] = Object.assign(Object.create(null), resolvers[typeName], { [fieldName]: resolve });
  }
  const typeDefs = [auth.typeDefs, sdl];
  return auth.transformer(makeExecutableSchema({ typeDefs, resolvers, assumeValidSDL: true }));
}

/** The coordinates of the rules for which a schema is refused. */
export function listRefused(sdl: string): ReadonlySet<string> {
  try {
    buildProduct(sdl);
    return new Set();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return new Set(error.problems.map((problem) => /^\S+(?=: )/.exec(problem)?.[0] ?? problem));
  }
}

/** Executes an operation on the guarded schema with graphql-js. */
export async function run(schema: GraphQLSchema, execution: Execution): Promise<Outcome> {
  const { document, operationName, variables, caller, dataset } = execution;
  const calls: string[] = [];
  const context: Context = { authentication: toAuthentication(caller), calls };
  const operation = document.definitions.find(
    (definition) =>
      definition.kind === "OperationDefinition" &&
      (operationName === undefined || definition.name?.value === operationName),
  );
  const root =
    operation && "operation" in operation && operation.operation ? schema.getRootType(operation.operation) : undefined;
  const result = await execute({
    schema,
    document,
    operationName,
    variableValues: variables,
    contextValue: context,
    rootValue: makeSource(dataset, findObject(dataset, root?.name ?? ""), calls),
  });
  return { ...toOutcome(result), calls };
}

const objectOf = Symbol("object");

/** The source of an object's fields: those that graphql-js's default resolver is to find note their calls. */
function makeSource(dataset: Dataset, object: DataObject, calls: string[]): object {
  const source = { __typename: object.typeName, [objectOf]: object };
  for (const fieldName of object.fields.keys()) {
    const read = (): unknown => readField(dataset, object, fieldName, calls);
    const style = dataset.styles.get(`${object.typeName}.${fieldName}`);
    if (style === "getter") Object.defineProperty(source, fieldName, { get: read });
    if (style === "method") Object.defineProperty(source, fieldName, { value: read });
  }
  return source;
}

function toObject(source: unknown): DataObject {
  return (source as { readonly [objectOf]: DataObject })[objectOf];
}

function readField(dataset: Dataset, object: DataObject, fieldName: string, calls: string[]): unknown {
  const coordinate = `${object.typeName}.${fieldName}`;
  calls.push(coordinate);
  const read = (value: DataValue): unknown => {
    if (Array.isArray(value)) return value.map(read);
    if (typeof value !== "object" || value === null || !("kind" in value)) return value;
    if (value.kind === "failure") throw new Error("failure");
    return makeSource(dataset, findObject(dataset, value.to), calls);
  };
  const value = object.fields.get(fieldName) ?? null;
  return dataset.promised.has(coordinate) ? Promise.resolve(value).then(read) : read(value);
}

export function toAuthentication(caller: Caller): Authentication {
  switch (caller.kind) {
    case "anonymous":
      return anonymous();
    case "authenticated":
      return authenticatedAs({ scopes: caller.scopes });
    case "rejected":
      return { kind: "rejected", error: createRefusal(caller.reason) };
    case "unavailable":
      return { kind: "unavailable", error: createRefusal("provider_unavailable") };
  }
}

function toOutcome({ data, errors = [] }: ExecutionResult): Omit<Outcome, "calls"> {
  return {
    data: toValue(data),
    errors: errors.map(({ path = [], extensions }) => {
      const { code, reason, requiredScopes } = extensions;
      return { path, code, reason, requiredScopes: toRequiredScopes(requiredScopes) };
    }),
  };
}

function toValue(value: unknown): ResponseValue {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value !== "object" || value === null) return (value ?? null) as ResponseValue;
  return new Map(Object.entries(value).map(([key, item]) => [key, toValue(item)]));
}

function toRequiredScopes(value: unknown): string | undefined {
  return Array.isArray(value) ? describeRequirement(value.map((set) => new Set(set))) : undefined;
}
