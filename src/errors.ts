/** Why a caller was refused: `extensions.reason`. */
export type RefusalReason =
  | "authorization_header_missing"
  | "invalid_header"
  | "token_expired"
  | "invalid_claims"
  | "invalid_token"
  | "token_inactive"
  | "insufficient_scope"
  | "provider_unavailable";

/** What kind of refusal it is: `extensions.code`. */
export type RefusalCode = "UNAUTHENTICATED" | "FORBIDDEN" | "SERVICE_UNAVAILABLE";

/** Alternatives (OR) of scopes that must all be granted (AND), as in `@requiresScope`. */
export type RequiredScopes = readonly (readonly string[])[];

/**
 * A refusal as a value: frozen, and the same for everybody who is refused for this reason.
 * It becomes an error only at the GraphQL and HTTP edges. Never holds a token, a claim or provider text.
 */
export interface Refusal {
  readonly code: RefusalCode;
  readonly reason: RefusalReason;
  /** For people; names the mend. */
  readonly message: string;
  /** Present for `insufficient_scope` only. */
  readonly requiredScopes?: RequiredScopes;
}

interface RefusalKind {
  readonly code: RefusalCode;
  /** The HTTP status when nothing at all is granted. */
  readonly status: 401 | 403 | 503;
  /** The `error` of the challenge (RFC 6750 section 3.1), where it has one. */
  readonly challengeError?: "invalid_request" | "invalid_token" | "insufficient_scope";
  readonly message: string;
}

const kinds: Readonly<Record<RefusalReason, RefusalKind>> = {
  authorization_header_missing: {
    code: "UNAUTHENTICATED",
    status: 401,
    message: "This needs an access token. Send one in the header 'Authorization: Bearer <token>'.",
  },
  invalid_header: {
    code: "UNAUTHENTICATED",
    status: 401,
    challengeError: "invalid_request",
    message: "The Authorization header must be sent once, as 'Bearer', a space and one access token.",
  },
  token_expired: {
    code: "UNAUTHENTICATED",
    status: 401,
    challengeError: "invalid_token",
    message: "The access token has expired. Get a new one and try again.",
  },
  invalid_claims: {
    code: "UNAUTHENTICATED",
    status: 401,
    challengeError: "invalid_token",
    message: "The access token was not issued for this API. Check its issuer, its audience and its other claims.",
  },
  invalid_token: {
    code: "UNAUTHENTICATED",
    status: 401,
    challengeError: "invalid_token",
    message: "The access token is not valid. Get a new one from this API's authorization server.",
  },
  token_inactive: {
    code: "UNAUTHENTICATED",
    status: 401,
    challengeError: "invalid_token",
    message: "The access token is not active: it was revoked, has expired, or never existed. Get a new one.",
  },
  insufficient_scope: {
    code: "FORBIDDEN",
    status: 403,
    challengeError: "insufficient_scope",
    message: "The access token is valid but lacks a scope that this needs; requiredScopes lists them.",
  },
  provider_unavailable: {
    code: "SERVICE_UNAVAILABLE",
    status: 503,
    message: "The access token cannot be checked right now. The token may well be good: try again shortly.",
  },
};

/** Seconds after which a caller may try again when the provider cannot be asked (`Retry-After`, RFC 9110). */
export const retryAfterSeconds = 5;

/** Whether something is a reason of this list: contexts are made by others, and tests. */
export function isRefusalReason(value: unknown): value is RefusalReason {
  return typeof value === "string" && Object.hasOwn(kinds, value);
}

/** Makes the refusal for a reason. `requiredScopes` belongs to `insufficient_scope`. */
export function createRefusal(reason: RefusalReason, requiredScopes?: RequiredScopes): Refusal {
  const { code, message } = kinds[reason];
  return Object.freeze({ code, reason, message, ...(requiredScopes && { requiredScopes }) });
}

/** The HTTP status of a response in which this refusal leaves nothing granted. */
export function toStatus(refusal: Refusal): 401 | 403 | 503 {
  return kinds[refusal.reason].status;
}

/** What every challenge names, whatever the refusal. */
export interface ChallengeParameters {
  /** The protection space (RFC 9110 section 11.5). */
  readonly realm: string;
  /** Where this API's metadata is (RFC 9728 section 5.1): an absolute URL. */
  readonly resourceMetadata?: string | undefined;
  /** Space-separated scopes that would have been enough. */
  readonly scope?: string | undefined;
}

/**
 * The value of `WWW-Authenticate` for a refusal (RFC 6750 section 3, RFC 9728 section 5.1),
 * or undefined for an outage, which no other credentials could mend.
 */
export function formatChallenge(refusal: Refusal, parameters: ChallengeParameters): string | undefined {
  const { status, challengeError } = kinds[refusal.reason];
  if (status === 503) return undefined;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ["realm", parameters.realm],
    ["error", challengeError],
    ["scope", parameters.scope],
    ["resource_metadata", parameters.resourceMetadata],
  ];
  return `Bearer ${pairs.flatMap(([name, value]) => (value ? [`${name}=${quote(value)}`] : [])).join(", ")}`;
}

/** A quoted-string (RFC 9110 section 5.6.4). */
function quote(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
