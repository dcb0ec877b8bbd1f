import type { GraphQLSchema } from "graphql";
import { type Authentication, createPrincipal } from "./authentication/principal.ts";
import { createContractCases } from "./contract/contract-cases.ts";

/** A caller to test with. */
export interface TestCaller {
  /** Default `test-subject`. */
  readonly subject?: string | undefined;
  /** Default: none. */
  readonly scopes?: readonly string[] | ReadonlySet<string> | undefined;
  /** Further claims. `sub` and `scope` follow from the two above. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** A caller without a token, for `context.authentication` in tests. */
export function anonymous(): Authentication {
  return { kind: "anonymous" };
}

/** A caller with a good token, for `context.authentication` in tests. Its token expires if `claims` have an `exp`. */
export function authenticatedAs({
  subject = "test-subject",
  scopes = [],
  claims = {},
}: TestCaller = {}): Authentication {
  const granted = [...scopes];
  const all = { ...structuredClone(claims), sub: subject, scope: granted.join(" ") };
  return { kind: "authenticated", principal: createPrincipal(all, "https://issuer.test/", granted) };
}

/** What registers a test: vitest's `test`, or another runner's. */
export type RegisterTest = (name: string, run: () => Promise<void>) => unknown;

/**
 * Registers vitest tests that each coordinate of a guarded schema is granted and refused as its contract says: to a
 * caller without a token, with a token and no scopes, with each alternative of scopes, and with each less one scope.
 * The guards are the schema's own; resolvers are not called. Another runner's `test` can be given.
 *
 * Throws a TypeError for a schema without rules and a `PolicyError` where guards are missing: no test passes for them.
 */
export function contractTests(schema: GraphQLSchema, { test = findTest() }: { test?: RegisterTest } = {}): void {
  const cases = createContractCases(schema, (scopes) => (scopes ? authenticatedAs({ scopes }) : anonymous()));
  for (const { name, run } of cases) test(name, run);
}

interface VitestGlobals {
  /** What `import.meta.vitest` is made of; there without `globals: true` too. */
  readonly __vitest_index__?: { readonly test: RegisterTest };
  readonly test?: RegisterTest;
}

/** Vitest is found where it runs: to import it here would make it a dependency of everybody else. */
function findTest(): RegisterTest {
  const { __vitest_index__: vitest, test } = globalThis as VitestGlobals;
  const found = vitest?.test ?? test;
  if (found === undefined) throw new TypeError("contractTests runs in vitest; elsewhere give it a test function.");
  return found;
}
