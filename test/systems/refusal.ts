import { expect } from "vitest";
import type { Answer } from "../support/server.ts";

/** What a client sees of a refusal. */
export interface SeenRefusal {
  readonly status: number;
  readonly hasData: boolean;
  readonly errors: readonly Readonly<Record<string, unknown>>[];
  /** The scheme and the parameters of `WWW-Authenticate`, where there is one. */
  readonly challenge: Readonly<Record<string, string>> | undefined;
  readonly saysWhenToRetry: boolean;
}

/** The scopes of a refusal for want of them: as written in the directive, and the ones to ask for. */
export interface WantedScopes {
  readonly requiredScopes: readonly (readonly string[])[];
  readonly scope: string;
}

/** The table of refusals that clients rely on, for an operation of which nothing is granted. */
const refusals = {
  authorization_header_missing: { status: 401, code: "UNAUTHENTICATED", error: undefined },
  invalid_header: { status: 401, code: "UNAUTHENTICATED", error: "invalid_request" },
  token_expired: { status: 401, code: "UNAUTHENTICATED", error: "invalid_token" },
  invalid_claims: { status: 401, code: "UNAUTHENTICATED", error: "invalid_token" },
  invalid_token: { status: 401, code: "UNAUTHENTICATED", error: "invalid_token" },
  token_inactive: { status: 401, code: "UNAUTHENTICATED", error: "invalid_token" },
  insufficient_scope: { status: 403, code: "FORBIDDEN", error: "insufficient_scope" },
  provider_unavailable: { status: 503, code: "SERVICE_UNAVAILABLE", error: undefined },
} as const;

/** A row of the table. */
export type Reason = keyof typeof refusals;

/** What the table says a client sees when its only field is refused; compare it with `toSeenRefusal`. */
export function createExpectedRefusal(
  reason: Reason,
  field: string,
  wanted?: WantedScopes,
): Readonly<Record<keyof SeenRefusal, unknown>> {
  const { status, code, error } = refusals[reason];
  const isOutage = status === 503;
  const challenge = {
    scheme: "Bearer",
    realm: expect.any(String),
    resource_metadata: "http://api.example.com/.well-known/oauth-protected-resource",
    ...(error && { error }),
    ...(wanted && { scope: wanted.scope }),
  };
  return {
    status,
    hasData: false,
    errors: [{ path: [field], code, reason, ...(wanted && { requiredScopes: wanted.requiredScopes }) }],
    challenge: isOutage ? undefined : challenge,
    saysWhenToRetry: isOutage,
  };
}

/** An answer, as far as it says that and why something was refused. Messages are for people and left out. */
export function toSeenRefusal({ status, headers, body }: Answer): SeenRefusal {
  const errors: readonly { path: unknown; extensions: object }[] = body.errors ?? [];
  return {
    status,
    hasData: "data" in body,
    errors: errors.map(({ path, extensions }) => ({ path, ...extensions })),
    challenge: parseChallenge(headers.get("www-authenticate")),
    saysWhenToRetry: /^\d+$/.test(headers.get("retry-after") ?? ""),
  };
}

function parseChallenge(header: string | null): Record<string, string> | undefined {
  if (header === null) return undefined;
  const scheme = header.split(" ", 1).join();
  const parameters = [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]);
  return { scheme, ...Object.fromEntries(parameters) };
}
