import { MapperKind, mapSchema } from "@graphql-tools/utils";
import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from "graphql";
import { decide, toGraphQLError } from "./decision.ts";
import { directiveTypeDefs } from "./directives.ts";
import { createPolicy, type Policy, PolicyError } from "./policy.ts";
import type { Requirement } from "./requirement.ts";

/** What a schema needs to be guarded. */
export interface AuthDirectives {
  /** Add it to the schema's type definitions. */
  readonly typeDefs: string;
  /**
   * Returns the schema with every rule enforced, in any graphql-js executor.
   * Throws a `PolicyError` that lists every rule that could not hold. Apply it last, and once.
   */
  readonly transformer: (schema: GraphQLSchema) => GraphQLSchema;
}

/** `@auth` and `@requiresScope`: their definitions, and what makes them hold. */
export function authDirectives(): AuthDirectives {
  return { typeDefs: directiveTypeDefs, transformer: guardSchema };
}

/** Where a guarded schema keeps its policy; extensions survive later transformations of the schema. */
const policyExtension = "graphql-gatehouse";

/** The policy of a guarded schema; undefined for a schema that was never transformed. */
export function findPolicy(schema: GraphQLSchema): Policy | undefined {
  return schema.extensions[policyExtension] as Policy | undefined;
}

function guardSchema(schema: GraphQLSchema): GraphQLSchema {
  if (findPolicy(schema) !== undefined) {
    throw new PolicyError(["the transformer was applied to a schema that is guarded already: apply it once"]);
  }
  const policy = createPolicy(schema);
  const guarded = mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, fieldName, typeName) => {
      const requirement = policy.requirements.get(`${typeName}.${fieldName}`);
      if (requirement === undefined) return undefined;
      const resolve = guardResolver(field.resolve ?? defaultFieldResolver, requirement);
      // A subscription is refused before its source stream opens.
      const isSubscription = schema.getSubscriptionType()?.name === typeName;
      return isSubscription
        ? { ...field, resolve, subscribe: guardResolver(field.subscribe ?? defaultFieldResolver, requirement) }
        : { ...field, resolve };
    },
  });
  guarded.extensions = { ...guarded.extensions, [policyExtension]: policy };
  return guarded;
}

// Synchronous, and passes on what the resolver returns: an async wrapper makes large answers twice as slow.
function guardResolver(
  resolve: GraphQLFieldResolver<unknown, unknown>,
  requirement: Requirement,
): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, context, info) => {
    const refusal = decide(requirement, context);
    if (refusal !== undefined) throw toGraphQLError(refusal);
    return resolve(source, args, context, info);
  };
}
