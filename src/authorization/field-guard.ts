import {
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  isNonNullType,
  responsePathAsArray,
} from "graphql";

import {
  decide,
  decideSelection,
  findAuthentication,
  parseAuthentication,
  type RefusedSelection,
  toRemainingMs,
} from "./decision.ts";
import { listDemands } from "./demands.ts";
import { createExecutionFinder, decideOnce, isWithin } from "./execution.ts";
import { endWhenExpired } from "./expiring-stream.ts";
import type { GuardedField } from "./guarded-fields.ts";
import { createRefusalError } from "./refusal-error.ts";
import type { RefusalReporter } from "./refusal-report.ts";
import { wasTold } from "./told-refusals.ts";

type Resolver = GraphQLFieldResolver<unknown, unknown>;

/** How the fields of one schema are guarded. */
export interface GuardOptions {
  /** `report`: nothing is refused, and everything that would be is reported. */
  readonly mode: "enforce" | "report";
  readonly report: RefusalReporter;
  /** Throws where an operation must not be executed as it is; asked once in each execution. */
  readonly assertServed: ((info: GraphQLResolveInfo) => void) | undefined;
}

/** Puts guards before the resolvers of one schema. */
export interface FieldGuards {
  readonly guardResolve: (resolve: Resolver, field: GuardedField) => Resolver;
  /** Refuses a subscription before its source stream opens, and ends it when its caller's token expires. */
  readonly guardSubscribe: (subscribe: Resolver, field: GuardedField) => Resolver;
}

/** Every resolver that asks before it answers, the proof that a field is guarded; and what puts it before another. */
const guards = new WeakMap<Resolver, (resolve: Resolver) => Resolver>();

/** Whether a resolver asks before it answers. */
export function isGuard(resolve: Resolver | undefined): boolean {
  return resolve !== undefined && guards.has(resolve);
}

/** The same guard before another resolver, for tests; undefined where a field is not guarded. */
export function moveGuard(guard: Resolver | undefined, resolve: Resolver): Resolver | undefined {
  return guard && guards.get(guard)?.(resolve);
}

/** Makes the guards of one schema. */
export function createFieldGuards({ mode, report, assertServed }: GuardOptions): FieldGuards {
  const findExecution = createExecutionFinder(assertServed);

  /** Tells a refusal, once in each place of a response. Throws it, or returns whether the field is to be null. */
  function refuse(refused: RefusedSelection, context: unknown, info: GraphQLResolveInfo): boolean {
    const execution = findExecution(context, info);
    execution.told ??= new Map();
    const isNews = !wasTold(execution.told, info);
    if (isNews) report(refused, execution.authentication, { operationName: info.operation?.name?.value, context });
    if (mode === "report") return false;
    // A field that must not be null has to fail each time.
    if (!isNews && !isNonNullType(info.returnType)) return true;
    throw createRefusalError(refused.refusal, { path: responsePathAsArray(info.path), nodes: info.fieldNodes });
  }

  /** Synchronous, and passes on what the resolver returns: an async wrapper makes large answers twice as slow. */
  function guardResolve(resolve: Resolver, field: GuardedField): Resolver {
    const { coordinate, requirement, inputs } = field;
    /** No execution has this number. */
    let decidedIn = -1;
    let decidedNode: FieldNode | undefined;
    let refused: RefusedSelection | undefined;

    function decideField(context: unknown, info: GraphQLResolveInfo): void {
      const execution = findExecution(context, info);
      // Not by `decideOnce`: this guard remembers it itself, for as long as the execution lasts.
      const refusal = requirement && decide(requirement, execution.authentication);
      refused = refusal && { coordinate, refusal };
      decidedIn = execution.number;
    }

    function decideNode(context: unknown, info: GraphQLResolveInfo, node: FieldNode | undefined): void {
      const execution = findExecution(context, info);
      const demands = listDemands(field, node, info.variableValues);
      refused = decideSelection(demands, (asked) => decideOnce(asked, execution));
      decidedIn = execution.number;
      decidedNode = node;
    }

    // Two guards, as what each of them reads again for every field is most of what it costs.
    const guard: Resolver =
      inputs === undefined
        ? (source, args, context, info) => {
            if (!isWithin(decidedIn, context, info)) decideField(context, info);
            if (refused !== undefined && refuse(refused, context, info)) return null;
            return resolve(source, args, context, info);
          }
        : (source, args, context, info) => {
            const node = info.fieldNodes[0];
            if (decidedNode !== node || !isWithin(decidedIn, context, info)) decideNode(context, info, node);
            if (refused !== undefined && refuse(refused, context, info)) return null;
            return resolve(source, args, context, info);
          };
    guards.set(guard, (other) => guardResolve(other, field));
    return guard;
  }

  function guardSubscribe(subscribe: Resolver, field: GuardedField): Resolver {
    const open = guardResolve(subscribe, field);
    if (mode === "report") return open;
    const guard: Resolver = (source, args, context, info) => {
      const stream: unknown = open(source, args, context, info);
      const expire = (opened: unknown): unknown =>
        isStream(opened)
          ? endWhenExpired(opened, () => toRemainingMs(parseAuthentication(findAuthentication(context))))
          : opened;
      return isPromise(stream) ? stream.then(expire) : expire(stream);
    };
    guards.set(guard, (other) => guardSubscribe(other, field));
    return guard;
  }

  return { guardResolve, guardSubscribe };
}

/** Whether something has to be awaited, as graphql-js sees it. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === "function";
}
