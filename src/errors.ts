/** Why a caller was refused: `extensions.reason`. */
export type RefusalReason =
  | "authorization_header_missing"
  | "invalid_header"
  | "token_expired"
  | "invalid_claims"
  | "invalid_token"
  | "token_inactive"
  | "invalid_dpop_proof"
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
  /** The `error` of the challenge (RFC 6750 section 3.1, RFC 9449 section 7.1), where it has one. */
  readonly challengeError?: "invalid_request" | "invalid_token" | "invalid_dpop_proof" | "insufficient_scope";
  readonly message: string;
}

const kinds: Readonly<Record<RefusalReason, RefusalKind>> = {
  authorization_header_missing: {
    code: "UNAUTHENTICATED",
    status: 401,
    message:
      "This needs an access token. Send one in the header 'Authorization: Bearer <token>', or with the scheme that WWW-Authenticate names.",
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
  invalid_dpop_proof: {
    code: "UNAUTHENTICATED",
    status: 401,
    challengeError: "invalid_dpop_proof",
    message:
      "The DPoP header must hold one proof that was just made for this request: its method, its URL and its token.",
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

/** How a token is sent: as it is (RFC 6750), or with a proof of its key (RFC 9449). */
export type AuthScheme = "Bearer" | "DPoP";

/** Whether DPoP (RFC 9449) is not known here, may be used, or must be. */
export type DpopMode = "off" | "allowed" | "required";

/** The JWS algorithms of DPoP proofs: what is accepted is what the challenge names. */
// biome-ignore format: one family a line
export const dpopAlgorithms: readonly string[] = [
  "ES256", "ES384", "ES512",
  "EdDSA", "Ed25519",
  "PS256", "PS384", "PS512",
  "RS256", "RS384", "RS512",
];

/** What every challenge names, whatever the refusal. */
export interface ChallengeParameters {
  /** The protection space (RFC 9110 section 11.5). */
  readonly realm: string;
  /** Where this API's metadata is (RFC 9728 section 5.1): an absolute URL. */
  readonly resourceMetadata?: string | undefined;
  /** Space-separated scopes that would have been enough. */
  readonly scope?: string | undefined;
  /** Which schemes are offered. Default `off`: Bearer only. */
  readonly dpop?: DpopMode | undefined;
  /** The scheme of the refused request, whose challenge says what is wrong. Default `Bearer`. */
  readonly usedScheme?: AuthScheme | undefined;
}

const offeredSchemes: Readonly<Record<DpopMode, readonly AuthScheme[]>> = {
  off: ["Bearer"],
  allowed: ["Bearer", "DPoP"],
  required: ["DPoP"],
};

/**
 * The value of `WWW-Authenticate` for a refusal (RFC 6750 section 3, RFC 9449 section 7, RFC 9728 section 5.1):
 * a challenge for each scheme that is offered. Undefined for an outage, which no other credentials could mend.
 */
export function formatChallenge(refusal: Refusal, parameters: ChallengeParameters): string | undefined {
  const { status, challengeError } = kinds[refusal.reason];
  if (status === 503) return undefined;
  const { realm, scope, resourceMetadata, dpop = "off", usedScheme = "Bearer" } = parameters;
  const schemes = offeredSchemes[dpop];
  const challenges = schemes.map((scheme) => {
    const isAboutThis = schemes.length === 1 || scheme === usedScheme;
    const pairs: readonly (readonly [string, string | undefined])[] = [
      ["realm", realm],
      ["error", isAboutThis ? challengeError : undefined],
      ["scope", isAboutThis ? scope : undefined],
      ["algs", scheme === "DPoP" ? dpopAlgorithms.join(" ") : undefined],
      ["resource_metadata", resourceMetadata],
    ];
    return `${scheme} ${pairs.flatMap(([name, value]) => (value ? [`${name}=${quote(value)}`] : [])).join(", ")}`;
  });
  return challenges.join(", ");
}

/** A quoted-string (RFC 9110 section 5.6.4). */
function quote(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
