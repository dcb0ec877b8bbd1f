/** The part of a Node request that says who calls. */
export interface RequestHeaders {
  readonly headers: { readonly authorization?: string | undefined };
  /** Names and values in turn, as received. Without it a repeated header cannot be seen. */
  readonly rawHeaders?: readonly string[] | undefined;
}

/** What the Authorization header of a request holds. */
export type BearerCredentials =
  | { readonly kind: "none" }
  | { readonly kind: "malformed" }
  | { readonly kind: "token"; readonly token: string };

/** The longest token looked at, in characters. */
const maxTokenLength = 8192;

const none: BearerCredentials = { kind: "none" };
const malformed: BearerCredentials = { kind: "malformed" };

// b64token of RFC 6750 section 2.1; one run of each class, so it takes linear time.
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Reads the bearer token out of a request's Authorization header (RFC 6750 section 2.1; the scheme in any case).
 * Another scheme, an empty header or none is `none`. Does not read tokens from the query or the body (section 5.3).
 */
export function parseBearer(request: RequestHeaders): BearerCredentials {
  const values = readAuthorization(request);
  if (values.length > 1) return malformed;
  const [value] = values;
  if (value === undefined) return none;
  if (typeof value !== "string") return malformed;
  const scheme = value.slice(0, "bearer".length);
  const rest = value.slice("bearer".length);
  // A scheme ends at white space: 'Bearer:' and 'Bearerx' are other schemes.
  if (scheme.toLowerCase() !== "bearer" || /^\S/.test(rest)) return none;
  const token = rest.replace(/^ +/, "");
  if (token.length === rest.length || token.length > maxTokenLength || !b64token.test(token)) return malformed;
  return { kind: "token", token };
}

// Node keeps only the first of several Authorization headers in `headers`; the others show in `rawHeaders`.
function readAuthorization({ headers, rawHeaders }: RequestHeaders): readonly string[] {
  const repeated = rawHeaders?.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "authorization",
  );
  if (repeated !== undefined && repeated.length > 1) return repeated;
  return headers.authorization === undefined ? [] : [headers.authorization];
}
