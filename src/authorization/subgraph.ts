import { execute, type GraphQLFieldResolver, GraphQLObjectType, type GraphQLSchema, Kind, parse } from "graphql";
import { toTypeDefs, type Unmarked } from "./directives.ts";
import type { GuardOptions } from "./field-guard.ts";
import { type Policy, PolicyError } from "./policy.ts";
import { createReferenceGuards, type ReferenceResolver } from "./reference-guard.ts";
import { findEntitiesField, findServiceField } from "./subgraph-fields.ts";
import { toSubgraphSdl } from "./subgraph-sdl.ts";

type Resolver = GraphQLFieldResolver<unknown, unknown>;

/** What makes the rules of a subgraph (Apollo Federation) hold, here and at its gateway. */
export interface Subgraph {
  /** Of `_entities` and of `_Service.sdl`, what answers in their place; of every other field, its own resolver. */
  readonly toResolver: (coordinate: string, resolve: Resolver) => Resolver;
  /** The type with a guard before its `__resolveReference`; undefined: it needs none. */
  readonly guardType: (type: GraphQLObjectType) => GraphQLObjectType | undefined;
}

/** Reads the subgraph that a schema is; undefined: it is none. */
export function createSubgraph(
  schema: GraphQLSchema,
  { requirements, references }: Policy,
  { unmarked, ...options }: Pick<GuardOptions, "mode" | "report"> & { readonly unmarked: Unmarked },
): Subgraph | undefined {
  const isService = findServiceField(schema) !== undefined;
  const hasEntities = findEntitiesField(schema) !== undefined;
  if (!isService && !hasEntities) return undefined;
  const { guardEntities, guardReference } = createReferenceGuards(references, options);
  const toSdl = createSdlRewriter(requirements, unmarked);
  return {
    toResolver: (coordinate, resolve) => {
      if (isService && coordinate === "_Service.sdl") return async (...given) => toSdl(await resolve(...given));
      return hasEntities && coordinate === `${schema.getQueryType()?.name}._entities`
        ? guardEntities(resolve)
        : resolve;
    },
    guardType: (type) => {
      const apollo = type.extensions["apollo"] as ApolloExtension | undefined;
      const resolveReference = apollo?.subgraph?.resolveReference;
      if (resolveReference === undefined || !references.has(type.name)) return undefined;
      const subgraph = { ...apollo?.subgraph, resolveReference: guardReference(resolveReference, type.name) };
      return new GraphQLObjectType({
        ...type.toConfig(),
        extensions: { ...type.extensions, apollo: { ...apollo, subgraph } },
      });
    },
  };
}

/**
 * Asks a subgraph for its SDL, as its gateway will, so that a server whose rules cannot be said there does not start.
 * Rejects with a `PolicyError`; a schema that is no subgraph is as good as one that can.
 */
export async function assertSdl(schema: GraphQLSchema): Promise<void> {
  if (findServiceField(schema) === undefined) return;
  const { errors = [] } = await execute({ schema, document: parse("{ _service { sdl } }") });
  if (errors.length > 0) throw new PolicyError(errors.map(({ message }) => message));
}

/** Where `@apollo/subgraph` keeps a type's `__resolveReference`. */
interface ApolloExtension {
  readonly subgraph?: { readonly resolveReference?: ReferenceResolver };
}

/** Rewrites an SDL once, however often gateways ask for it. */
function createSdlRewriter(requirements: Policy["requirements"], unmarked: Unmarked): (sdl: unknown) => unknown {
  const { definitions } = parse(toTypeDefs(unmarked));
  const own = new Set(definitions.flatMap((node) => (node.kind === Kind.DIRECTIVE_DEFINITION ? node.name.value : [])));
  let known: { readonly sdl: string; readonly rewritten: string } | undefined;
  return (sdl) => {
    if (typeof sdl !== "string") return sdl;
    if (known?.sdl !== sdl) known = { sdl, rewritten: toSubgraphSdl(sdl, requirements, own) };
    return known.rewritten;
  };
}
