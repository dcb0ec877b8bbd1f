import { MapperKind, mapSchema } from "@graphql-tools/utils";
import { defaultFieldResolver, type GraphQLSchema, isObjectType } from "graphql";
import * as v from "valibot";
import { parseOptions } from "../options.ts";
import { toTypeDefs, type Unmarked } from "./directives.ts";
import { createFieldGuards, isGuard } from "./field-guard.ts";
import { addFilteredIntrospection, assertFiltered, hasFilteredIntrospection } from "./filtered-introspection.ts";
import { type GuardedFields, listGuardedFields } from "./guarded-fields.ts";
import { createPolicy, type Policy, PolicyError } from "./policy.ts";
import { createReporter, type RefusalListener, type RefusalReporter } from "./refusal-report.ts";
import { describeRules } from "./rule-descriptions.ts";
import { createSchemaViews, type FindView } from "./schema-views.ts";
import { createSubgraph } from "./subgraph.ts";
import { findServiceField } from "./subgraph-fields.ts";

/** What the directives mean where a schema does not say it. */
export interface AuthDirectivesOptions {
  /**
   * What a root field without a rule means. `public`: everybody gets it. `authenticated`: it is as if marked `@auth`.
   * `refuse`: the schema is refused. With the last two `@public` says openness aloud. Default `public`.
   */
  readonly unmarked?: Unmarked | undefined;
  /**
   * `report`: nothing is refused, also not by the plugin, and what would be is told to `onRefusal`; for adopting rules
   * on a live API. Default `enforce`.
   */
  readonly mode?: "enforce" | "report" | undefined;
  /**
   * Is told of every refusal, in both modes, once for each selection that is refused; with the context value of the
   * request. Default: nobody.
   */
  readonly onRefusal?: RefusalListener | undefined;
  /** Writes what is required into descriptions, where introspection and GraphiQL show it. Default `false`. */
  readonly describe?: boolean | undefined;
  /**
   * What introspection and the suggestions in errors name. `all`: the whole schema, to everybody. `permitted`: what the
   * caller may use; for which the server needs `authPlugin`, or `toFilteredDocument`: without either nothing guarded is
   * resolved. With mode `report` everybody may use everything. Default `all`.
   */
  readonly introspection?: "all" | "permitted" | undefined;
}

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

/** A guarded schema's rules, and how they are enforced. */
export interface Guarded {
  readonly policy: Policy;
  readonly fields: GuardedFields;
  readonly unmarked: Unmarked;
  readonly mode: "enforce" | "report";
  readonly report: RefusalReporter;
  /** Where introspection is filtered: what of the schema a caller may use. */
  readonly findView: FindView | undefined;
}

const forms = {
  unmarked: v.optional(
    v.picklist(["public", "authenticated", "refuse"], "must be public, authenticated or refuse"),
    "public",
  ),
  mode: v.optional(v.picklist(["enforce", "report"], "must be enforce or report"), "enforce"),
  onRefusal: v.optional(v.custom<RefusalListener>((value) => typeof value === "function", "must be a function")),
  describe: v.optional(v.boolean("must be true or false"), false),
  introspection: v.optional(v.picklist(["all", "permitted"], "must be all or permitted"), "all"),
};

/**
 * The directives of a schema: their definitions, and what makes them hold.
 * Throws a TypeError that lists everything wrong with the options.
 */
export function authDirectives(options: AuthDirectivesOptions = {}): AuthDirectives {
  const { parsed, problems } = parseOptions(forms, options);
  if (parsed === undefined) {
    const list = problems.map(({ option, message }) => `${option} ${message}`.trim());
    throw new TypeError(`authDirectives: ${list.join("; ")}.`);
  }
  const { unmarked, mode, onRefusal, describe, introspection } = parsed;
  const isFiltered = introspection === "permitted" && mode === "enforce";
  return {
    typeDefs: toTypeDefs(unmarked),
    transformer: (schema) =>
      guardSchema(schema, { unmarked, mode, report: createReporter(onRefusal) }, { isDescribed: describe, isFiltered }),
  };
}

/** Where a guarded schema keeps its rules; extensions survive later transformations of the schema. */
const extension = "graphql-gatehouse";

/** The rules of a guarded schema; undefined for a schema that was never transformed. */
export function findGuarded(schema: GraphQLSchema): Guarded | undefined {
  return schema.extensions[extension] as Guarded | undefined;
}

function guardSchema(
  schema: GraphQLSchema,
  options: Pick<Guarded, "unmarked" | "mode" | "report">,
  { isDescribed, isFiltered }: { readonly isDescribed: boolean; readonly isFiltered: boolean },
): GraphQLSchema {
  if (findGuarded(schema) !== undefined) {
    throw new PolicyError([
      "the schema, or a part of it, is guarded already: apply the transformer once, after merging",
    ]);
  }
  if (isFiltered && findServiceField(schema) !== undefined) {
    throw new PolicyError([
      "Query._service: it tells whoever asks the whole schema, so introspection cannot be 'permitted'; take the option out",
    ]);
  }
  const policy = createPolicy(schema, options.unmarked);
  const fields = listGuardedFields(schema, policy);
  const { guardResolve, guardSubscribe } = createFieldGuards({
    ...options,
    assertServed: isFiltered ? assertFiltered : undefined,
  });
  const subgraph = createSubgraph(schema, policy, options);
  const guarded = mapSchema(isDescribed ? describeRules(schema, policy) : schema, {
    [MapperKind.OBJECT_TYPE]: (type) => subgraph?.guardType(type),
    [MapperKind.OBJECT_FIELD]: (field, fieldName, typeName) => {
      const coordinate = `${typeName}.${fieldName}`;
      const found = fields.get(coordinate);
      const own = field.resolve ?? defaultFieldResolver;
      const resolving = subgraph?.toResolver(coordinate, own) ?? own;
      if (found === undefined) return resolving === own ? undefined : { ...field, resolve: resolving };
      const resolve = guardResolve(resolving, found);
      return schema.getSubscriptionType()?.name === typeName
        ? { ...field, resolve, subscribe: guardSubscribe(field.subscribe ?? defaultFieldResolver, found) }
        : { ...field, resolve };
    },
  });
  const findView = isFiltered ? createSchemaViews(guarded, policy.requirements) : undefined;
  if (findView !== undefined) addFilteredIntrospection(guarded, findView);
  const record: Guarded = { ...options, policy, fields, findView };
  guarded.extensions = { ...guarded.extensions, [extension]: record };
  return guarded;
}

/** Schemas that were found to be guarded. */
const checked = new WeakMap<GraphQLSchema, Guarded>();

/**
 * Whether every rule that is in the schema now is enforced. Tools that replace resolvers, merge schemas or add fields
 * after the transformer keep the schema's extensions, and may lose its guards. Returns the schema's rules.
 *
 * Looks at each schema once: a server that starts puts hooks before the guards, and another may start on the schema.
 */
export function assertGuarded(schema: GraphQLSchema): Guarded {
  const known = checked.get(schema);
  if (known !== undefined) return known;
  const guarded = findGuarded(schema);
  if (guarded === undefined) {
    throw new PolicyError(["the server's schema is not guarded: pass it through authDirectives().transformer first"]);
  }
  const problems = [...listGuardedFields(schema, createPolicy(schema, guarded.unmarked)).keys()]
    .filter((coordinate) => !isFieldGuarded(schema, coordinate))
    .map((coordinate) => `${coordinate}: its guard is missing or not in front; apply the transformer last`);
  if (guarded.findView !== undefined && !hasFilteredIntrospection(schema)) {
    problems.push("schema: its introspection is not filtered any more; apply the transformer last");
  }
  if (problems.length > 0) throw new PolicyError(problems);
  checked.set(schema, guarded);
  return guarded;
}

function isFieldGuarded(schema: GraphQLSchema, coordinate: string): boolean {
  const [typeName = "", fieldName = ""] = coordinate.split(".");
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  return isGuard(field?.resolve) && (schema.getSubscriptionType()?.name !== typeName || isGuard(field?.subscribe));
}
