import { MapperKind, mapSchema } from "@graphql-tools/utils";
import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema, responsePathAsArray } from "graphql";
import { type AuthContext, decide, readAuthentication } from "./decision.ts";
import { directiveTypeDefs } from "./directives.ts";
import { createPolicy, type Policy, PolicyError } from "./policy.ts";
import { createRefusalError } from "./refusal-error.ts";
import type { Requirement } from "./requirement.ts";
import { isTold, noteTold } from "./told-refusals.ts";

/** What a schema needs to be guarded. */
export interface AuthDirectives {
  /** Add it to the schema's type definitions. */
  readonly typeDefs: string;
  /**
   * Returns the schema with every rule enforced, in any graphql-js executor. Apply it last, and once: what replaces
   * or merges resolvers must come before. A guarded field without a resolver is resolved by graphql-js's default one,
   * whatever `fieldResolver` the executor is given.
   * Throws a `PolicyError` that lists every rule that could not hold.
   */
  readonly transformer: (schema: GraphQLSchema) => GraphQLSchema;
}

/** `@auth` and `@requiresScope`: their definitions, and what makes them hold. */
export function authDirectives(): AuthDirectives {
  return { typeDefs: directiveTypeDefs, transformer: guardSchema };
}

/** Where a guarded schema keeps its policy; extensions survive later transformations of the schema. */
const policyExtension = "graphql-gatehouse";

/** Every resolver that asks before it answers: the proof that a field is guarded. */
const guards = new WeakSet<GraphQLFieldResolver<unknown, unknown>>();

/** The policy of a guarded schema; undefined for a schema that was never transformed. */
export function findPolicy(schema: GraphQLSchema): Policy | undefined {
  return schema.extensions[policyExtension] as Policy | undefined;
}

function guardSchema(schema: GraphQLSchema): GraphQLSchema {
  if (findPolicy(schema) !== undefined) {
    throw new PolicyError([
      "the schema, or a part of it, is guarded already: apply the transformer once, after merging",
    ]);
  }
  const policy = createPolicy(schema);
  const guarded = mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, fieldName, typeName) => {
      const requirement = policy.requirements.get(`${typeName}.${fieldName}`);
      if (requirement === undefined) return undefined;
      const resolve = createGuard(field.resolve ?? defaultFieldResolver, requirement);
      // A subscription is refused before its source stream opens.
      return schema.getSubscriptionType()?.name === typeName
        ? { ...field, resolve, subscribe: createGuard(field.subscribe ?? defaultFieldResolver, requirement) }
        : { ...field, resolve };
    },
  });
  guarded.extensions = { ...guarded.extensions, [policyExtension]: policy };
  return guarded;
}

/**
 * Synchronous, and passes on what the resolver returns: an async wrapper makes large answers twice as slow.
 *
 * What was allowed to a caller in one execution is not decided again there: graphql-js makes the variable values anew
 * for each execution, and for each event of a subscription, so that they tell one from another.
 */
function createGuard(
  resolve: GraphQLFieldResolver<unknown, unknown>,
  requirement: Requirement,
): GraphQLFieldResolver<unknown, unknown> {
  // Nobody can present this: to begin with nothing is allowed, also to a caller without anything.
  let allowedExecution: unknown = guards;
  let allowedCaller: unknown = guards;
  const guard: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
    const caller = (context as Partial<AuthContext> | null | undefined)?.authentication;
    if (info.variableValues !== allowedExecution || caller !== allowedCaller) {
      const refusal = decide(requirement, readAuthentication(context));
      if (refusal !== undefined) {
        if (isTold(info)) return null;
        noteTold(info);
        throw createRefusalError(refusal, { path: responsePathAsArray(info.path), nodes: info.fieldNodes });
      }
      allowedExecution = info.variableValues;
      allowedCaller = caller;
    }
    return resolve(source, args, context, info);
  };
  guards.add(guard);
  return guard;
}

/**
 * Whether every rule that is in the schema now is enforced. Tools that replace resolvers, merge schemas or add fields
 * after the transformer keep the schema's extensions, and may lose its guards.
 */
export function assertGuarded(schema: GraphQLSchema): void {
  if (findPolicy(schema) === undefined) {
    throw new PolicyError(["the server's schema is not guarded: pass it through authDirectives().transformer first"]);
  }
  const unguarded = [...createPolicy(schema).requirements.keys()].filter(
    (coordinate) => !isGuarded(schema, coordinate),
  );
  if (unguarded.length > 0) {
    throw new PolicyError(
      unguarded.map((coordinate) => `${coordinate}: its guard is missing or not in front; apply the transformer last`),
    );
  }
}

function isGuarded(schema: GraphQLSchema, coordinate: string): boolean {
  const [typeName = "", fieldName = ""] = coordinate.split(".");
  const type = schema.getType(typeName);
  const field = type && "getFields" in type ? type.getFields()[fieldName] : undefined;
  if (field === undefined || !("resolve" in field) || !field.resolve || !guards.has(field.resolve)) return false;
  return (
    schema.getSubscriptionType()?.name !== typeName || (field.subscribe !== undefined && guards.has(field.subscribe))
  );
}
