import type { AuthScheme, Refusal } from "../errors.ts";

/** What a token's issuer says of it: the payload of a JWT, or an introspection answer. Frozen, at every depth. */
export type Claims = Readonly<Record<string, unknown>>;

/** A caller whose token was verified. Frozen, and shared by all requests with that token. */
export interface Principal {
  /** `sub`. */
  readonly subject: string | undefined;
  /** `client_id`, else `azp`. */
  readonly clientId: string | undefined;
  readonly issuer: string;
  /** What the configured scope claims grant. Cannot be changed, only read. */
  readonly scopes: ReadonlySet<string>;
  /** `exp`, in seconds since the epoch; undefined only where an introspection answer has none. */
  readonly expiresAtSeconds: number | undefined;
  readonly claims: Claims;
}

/** What is known of a request's caller. */
export type Authentication =
  /** No token was sent. */
  | { readonly kind: "anonymous" }
  /** `scheme`: how the token was sent; with DPoP the caller has proved to hold its key. Default `Bearer`. */
  | { readonly kind: "authenticated"; readonly principal: Principal; readonly scheme?: AuthScheme | undefined }
  /** A token was sent and is not good, or not good without proof of its key. */
  | { readonly kind: "rejected"; readonly error: Refusal; readonly scheme?: AuthScheme | undefined }
  /** A token was sent and cannot be checked now; says nothing about the token. */
  | { readonly kind: "unavailable"; readonly error: Refusal };

/**
 * Makes the principal of a verified token, which nobody can change any more.
 * `claims` must have been checked; it is frozen in place, not copied.
 */
export function createPrincipal(claims: Claims, issuer: string, scopes: readonly string[]): Principal {
  const { sub, client_id: clientId, azp, exp } = claims;
  return Object.freeze({
    subject: typeof sub === "string" ? sub : undefined,
    clientId: [clientId, azp].find((id) => typeof id === "string"),
    issuer,
    scopes: freezeSet(new Set(scopes)),
    expiresAtSeconds: typeof exp === "number" ? exp : undefined,
    claims: freezeDeep(claims),
  });
}

// A frozen Set can still be added to: what changes it must be taken away.
function freezeSet(set: Set<string>): ReadonlySet<string> {
  for (const method of ["add", "delete", "clear"]) {
    Object.defineProperty(set, method, {
      value: () => {
        throw new TypeError("The scopes of a principal are read-only.");
      },
    });
  }
  return Object.freeze(set);
}

// With a list of its own instead of recursion: the depth of the claims is the sender's choice.
function freezeDeep<T extends object>(root: T): T {
  const pending: object[] = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const value of Object.values(next)) {
      if (typeof value === "object" && value !== null && !Object.isFrozen(value)) pending.push(value);
    }
    Object.freeze(next);
  }
  return root;
}
