import { GraphQLError, type GraphQLFieldResolver, type GraphQLResolveInfo, responsePathAsArray } from "graphql";
import { createExecutionFinder, decideOnce } from "./execution.ts";
import { type GuardOptions, isPromise } from "./field-guard.ts";
import { createRefusalError } from "./refusal-error.ts";
import type { Requirement } from "./requirement.ts";
import { wasTold } from "./told-refusals.ts";

type Resolver = GraphQLFieldResolver<unknown, unknown>;

/** A type's `__resolveReference`, as `@apollo/subgraph` calls it. */
export type ReferenceResolver = (reference: unknown, context: unknown, info: GraphQLResolveInfo) => unknown;

/** What is given instead of an object: the refusal, or null where it was told before; undefined: the object. */
type Instead = GraphQLError | null | undefined;

/** Puts guards before what a subgraph gives by reference. */
export interface ReferenceGuards {
  /** Before the resolver of `_entities`, which sees only the representations whose types are granted. */
  readonly guardEntities: (resolve: Resolver) => Resolver;
  /** Before the `__resolveReference` of one type, which an interface's reference leads to past `_entities`. */
  readonly guardReference: (resolve: ReferenceResolver, typeName: string) => ReferenceResolver;
}

/**
 * Makes the guards of one schema's references, of what each type requires by its name. A refused object is null, with
 * one error for each type, and nothing of its subgraph is called for it.
 */
export function createReferenceGuards(
  references: ReadonlyMap<string, Requirement>,
  { mode, report }: Pick<GuardOptions, "mode" | "report">,
): ReferenceGuards {
  const findExecution = createExecutionFinder();

  function refuse(typeName: string, context: unknown, info: GraphQLResolveInfo, index?: number): Instead {
    const requirement = references.get(typeName);
    if (requirement === undefined) return undefined;
    const execution = findExecution(context, info);
    const refusal = decideOnce(requirement, execution);
    if (refusal === undefined) return undefined;
    const { fieldNodes, path, operation } = info;
    execution.told ??= new Map();
    const isNews = !wasTold(execution.told, {
      fieldNodes,
      path: { prev: path, key: typeName, typename: undefined },
    });
    if (isNews)
      report({ coordinate: typeName, refusal }, execution.authentication, {
        operationName: operation?.name?.value,
        context,
      });
    if (mode === "report") return undefined;
    if (!isNews) return null;
    // Without an index graphql-js adds the path.
    if (index === undefined) return createRefusalError(refusal);
    return createRefusalError(refusal, { path: [...responsePathAsArray(path), index], nodes: fieldNodes });
  }

  function refuseRepresentation(given: unknown, index: number, context: unknown, info: GraphQLResolveInfo): Instead {
    const typeName = (given as { readonly __typename?: unknown } | null)?.__typename;
    // graphql-js finds the type of ["User"] as it finds that of "User".
    return typeof typeName === "string" ? refuse(typeName, context, info, index) : createInputError();
  }

  return {
    guardEntities: (resolve) => (source, args, context, info) => {
      const representations: readonly unknown[] = args["representations"];
      const instead = representations.map((given, index) => refuseRepresentation(given, index, context, info));
      const granted = representations.filter((_, index) => instead[index] === undefined);
      if (granted.length === representations.length) return resolve(source, args, context, info);
      if (granted.length === 0) return instead;
      const found: unknown = resolve(source, { ...args, representations: granted }, context, info);
      return isPromise(found) ? found.then((all) => fillIn(instead, all)) : fillIn(instead, found);
    },
    guardReference: (resolve, typeName) => (reference, context, info) => {
      const instead = refuse(typeName, context, info);
      if (instead === undefined) return resolve(reference, context, info);
      if (instead === null) return null;
      throw instead;
    },
  };
}

function createInputError(): GraphQLError {
  return new GraphQLError("A representation must have a __typename, a string.", {
    extensions: { code: "BAD_USER_INPUT" },
  });
}

/** The objects that were found, in the places that are free. */
function fillIn(instead: readonly Instead[], found: unknown): readonly unknown[] {
  const free = instead.filter((one) => one === undefined).length;
  if (!Array.isArray(found) || found.length !== free) {
    throw new TypeError("The resolver of _entities did not answer with one object for each representation.");
  }
  const next = found.values();
  return instead.map((one) => (one === undefined ? next.next().value : one));
}
