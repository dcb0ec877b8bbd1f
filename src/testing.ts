import { type Authentication, createPrincipal } from "./authentication/principal.ts";

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
