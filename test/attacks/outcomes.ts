const realm = 'realm="graphql"';
const metadata = 'resource_metadata="http://api.example.com/.well-known/oauth-protected-resource"';

/** What an answer must be, to the letter. */
export interface Outcome {
  readonly status: number;
  readonly code?: string;
  readonly reason?: string;
  readonly requiredScopes?: readonly (readonly string[])[];
  readonly data?: Readonly<Record<string, unknown>>;
  /** How many errors; without it, one where there is no data and none where there is. */
  readonly errors?: number;
  /** The value of WWW-Authenticate; without it, there is none. */
  readonly challenge?: string;
  readonly retryAfter?: string;
}

// Written out from what is promised, not made with the code under test.
const unauthenticated = (reason: string, error: string): Outcome => ({
  status: 401,
  code: "UNAUTHENTICATED",
  reason,
  challenge: `Bearer ${realm}, error="${error}", ${metadata}`,
});

type OutcomeName =
  | "accepted"
  | "granted"
  | "authorization_header_missing"
  | "invalid_header"
  | "invalid_token"
  | "invalid_claims"
  | "token_expired"
  | "token_inactive"
  | "insufficient_scope"
  | "provider_unavailable"
  | "not_http"
  | "header_too_large";

export const outcomes: Readonly<Record<OutcomeName, Outcome>> = {
  accepted: {
    status: 200,
    data: { privateMessage: { message: "The API successfully validated your access token." } },
  },
  granted: {
    status: 200,
    data: { adminMessage: { message: "The API successfully recognized you as an admin." } },
  },
  authorization_header_missing: {
    status: 401,
    code: "UNAUTHENTICATED",
    reason: "authorization_header_missing",
    challenge: `Bearer ${realm}, ${metadata}`,
  },
  invalid_header: unauthenticated("invalid_header", "invalid_request"),
  invalid_token: unauthenticated("invalid_token", "invalid_token"),
  invalid_claims: unauthenticated("invalid_claims", "invalid_token"),
  token_expired: unauthenticated("token_expired", "invalid_token"),
  token_inactive: unauthenticated("token_inactive", "invalid_token"),
  insufficient_scope: {
    status: 403,
    code: "FORBIDDEN",
    reason: "insufficient_scope",
    requiredScopes: [["read:admin-messages"]],
    challenge: `Bearer ${realm}, error="insufficient_scope", scope="read:admin-messages", ${metadata}`,
  },
  provider_unavailable: {
    status: 503,
    code: "SERVICE_UNAVAILABLE",
    reason: "provider_unavailable",
    retryAfter: "5",
  },
  /** Node's HTTP parser does not let it pass. */
  not_http: { status: 400, code: "BAD_REQUEST" },
  header_too_large: { status: 431, code: "BAD_REQUEST" },
};

/** A named outcome, or one of a case's own. */
export type Expected = OutcomeName | Outcome;

export function toOutcome(expected: Expected): Outcome {
  return typeof expected === "string" ? outcomes[expected] : expected;
}
