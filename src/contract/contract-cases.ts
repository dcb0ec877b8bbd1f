import { type ExecutionResult, execute, type GraphQLSchema, OperationTypeNode, subscribe } from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import { toFilteredDocument } from "../authorization/filtered-introspection.ts";
import { assertGuarded } from "../authorization/guard.ts";
import type { Policy } from "../authorization/policy.ts";
import { combineSome, type Requirement } from "../authorization/requirement.ts";
import { toAccess, toContract } from "./contract.ts";
import { formatAccess } from "./contract-text.ts";
import { createOperation, findInputUses, type GeneratedOperation, type InputUse } from "./operations.ts";
import { findPaths, type Path } from "./paths.ts";
import { type StubContext, stubSchema } from "./stubs.ts";

/** One coordinate and one caller, to be run with the guards of a schema. */
export interface ContractCase {
  /** What must be so: `Query.users: refused to a caller without a token`. */
  readonly name: string;
  /** Rejects, with what happened instead, when it is not so. */
  readonly run: () => Promise<void>;
}

/** Makes the caller of a case, with a valid token and these scopes; without a token where there are none. */
export type CallerFactory = (scopes: readonly string[] | undefined) => Authentication;

/**
 * Every coordinate of a guarded schema's contract with every caller that could tell: without a token, with one that has
 * no scopes, with each alternative of scopes, and with each alternative less one scope. What no operation reaches is
 * left out. Each operation is executed with the schema's own guard of what it asks for, before stubs of the resolvers.
 *
 * Throws a TypeError for a schema that has no rules or only reports, and a `PolicyError` where guards are missing.
 */
export function createContractCases(schema: GraphQLSchema, createCaller: CallerFactory): readonly ContractCase[] {
  const { policy, mode } = assertGuarded(schema);
  if (policy.requirements.size === 0) throw new TypeError("The schema has no rules: there is nothing to test.");
  if (mode === "report") throw new TypeError("The schema is guarded with mode 'report': nothing is refused.");
  const stubbed = stubSchema(schema);
  const paths = findPaths(stubbed);
  const uses = new Map<string, InputUse>(findInputUses(paths.keys()));
  for (const type of paths.keys()) {
    for (const field of Object.values(type.getFields())) {
      uses.set(`${type.name}.${field.name}`, { type, field, given: new Set() });
    }
  }
  return toContract(policy).flatMap(({ coordinate }) => {
    const use = uses.get(coordinate);
    const path = use && paths.get(use.type);
    return use && path ? createCases(coordinate, use, path) : [];
  });

  function createCases(coordinate: string, { type, field, given }: InputUse, path: Path): readonly ContractCase[] {
    const operation = createOperation(path, type, field, given);
    const isEvent = path.operation === OperationTypeNode.SUBSCRIPTION && path.hops.length === 0;
    return listCallers(operation, policy).map((scopes) => {
      const isGranted = operation.asked.every((place) => isOpen(policy.requirements.get(place), scopes));
      const expected = isGranted ? "granted" : "refused";
      return {
        name: `${coordinate}: ${expected} to a caller ${formatCaller(scopes)}`,
        run: async () => {
          const happened = await run(stubbed, operation, isEvent, createCaller(scopes));
          const wrong = happened.filter((one) => one !== expected);
          if (wrong.length > 0)
            throw new Error(`${coordinate}: it must be ${expected}, and was ${wrong.join(" and ")}.`);
        },
      };
    });
  }
}

/** The scopes of each caller that could tell one requirement from another; undefined of one without a token. */
function listCallers(
  { asked }: GeneratedOperation,
  { requirements }: Policy,
): readonly (readonly string[] | undefined)[] {
  const required = asked.flatMap((place) => requirements.get(place) ?? []);
  const all = required.reduce<Requirement | undefined>((one, next) => (one ? combineSome(one, next) : next), undefined);
  const exact = all?.alternatives ?? [];
  const less = exact.flatMap((scopes) => scopes.map((scope) => scopes.filter((other) => other !== scope)));
  const distinct = new Map([[], ...exact, ...less].map((scopes) => [JSON.stringify(scopes.toSorted()), scopes]));
  return [undefined, ...distinct.values()];
}

/** Said again here, in the plainest way: what is tested must not be asked. */
function isOpen(requirement: Requirement | undefined, scopes: readonly string[] | undefined): boolean {
  if (requirement === undefined) return true;
  return requirement.alternatives.some((all) => scopes !== undefined && all.every((scope) => scopes.includes(scope)));
}

function formatCaller(scopes: readonly string[] | undefined): string {
  if (scopes === undefined) return "without a token";
  return scopes.length === 0
    ? "with a token and no scopes"
    : `with ${formatAccess(toAccess({ alternatives: [scopes] }))}`;
}

/** What became of the field: `granted`, `refused`, or whatever else; of a subscription, twice. */
async function run(
  schema: GraphQLSchema,
  operation: GeneratedOperation,
  isEvent: boolean,
  authentication: Authentication,
): Promise<readonly string[]> {
  const [target = ""] = operation.asked;
  const { variables: variableValues, types } = operation;
  // It asks for no introspection; but a schema that filters it wants to know that this was looked after.
  const document = toFilteredDocument(operation.document);
  const createContext = (): StubContext => ({ authentication, target, types, resolved: new Set() });
  const contextValue = createContext();
  const outcome = judge(await execute({ schema, document, variableValues, contextValue }), operation, contextValue);
  if (!isEvent) return [outcome];
  const context = createContext();
  const stream = await subscribe({ schema, document, variableValues, contextValue: context });
  if (!(Symbol.asyncIterator in stream)) return [outcome, judge(stream, operation, context)];
  const { value } = await stream.next();
  await stream.return(undefined);
  return [outcome, judge(value ?? {}, operation, context)];
}

function judge(
  { errors = [] }: ExecutionResult,
  { path, asked }: GeneratedOperation,
  { authentication, resolved }: StubContext,
): string {
  const isResolved = resolved.has(asked[0] ?? "");
  const reason = authentication.kind === "anonymous" ? "authorization_header_missing" : "insufficient_scope";
  const isRefusal = errors.every(
    (error) =>
      error.extensions["reason"] === reason &&
      error.path?.filter((key) => typeof key === "string").join(".") === path.join("."),
  );
  // What it returned may still be wrong, as of an interface that nothing implements: that is no guard's affair.
  if (isResolved) return errors.some(({ extensions }) => extensions["reason"]) ? "refused after all" : "granted";
  if (errors.length > 0 && isRefusal) return "refused";
  return errors.map(({ message }) => message).join("; ") || "not resolved";
}
