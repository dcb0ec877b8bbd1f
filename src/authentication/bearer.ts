import { hash } from "node:crypto";
import type { AuthScheme } from "../errors.ts";

/** The part of a Node request that says who calls. */
export interface RequestHeaders {
  /** Needed with DPoP only, whose proofs are made for one method. */
  readonly method?: string | undefined;
  readonly headers: {
    readonly authorization?: string | undefined;
    readonly dpop?: string | readonly string[] | undefined;
  };
  /** Names and values in turn, as received. Without it a repeated header cannot be seen. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** The connection it came on: who sends the same header again on it is not read again. */
  readonly socket?: object | null | undefined;
}

/** A token that was presented. */
export interface PresentedToken {
  readonly kind: "token";
  readonly token: string;
  /** Of the token, by SHA-256, in base64: what it is remembered by. */
  readonly digest: string;
}

/** What the Authorization header of a request holds. */
export type Credentials = { readonly kind: "none" } | { readonly kind: "malformed" } | PresentedToken;

/** The longest token looked at, in characters. */
const maxTokenLength = 8192;

const none: Credentials = { kind: "none" };
const malformed: Credentials = { kind: "malformed" };

// b64token of RFC 6750 section 2.1: one run of each class, so it takes linear time. A scheme ends at white space:
// 'Bearer:' and 'Bearerx' are other schemes.
const toForm = (scheme: AuthScheme): { readonly wellFormed: RegExp; readonly scheme: RegExp } => ({
  wellFormed: new RegExp(`^${scheme} +([A-Za-z0-9\\-._~+/]+=*)$`, "i"),
  scheme: new RegExp(`^${scheme}(?!\\S)`, "i"),
});

const forms = { Bearer: toForm("Bearer"), DPoP: toForm("DPoP") };

/** A header that was read, of whichever caller: it says nothing of the token being good. */
interface ReadHeader {
  readonly header: string;
  readonly scheme: AuthScheme;
  readonly presented: PresentedToken;
}

/**
 * By connection, the last header that had a token: most send the same one again, and to read it and to make its digest
 * takes longer than to find who it belongs to. Forgotten with the connection; longer ones are read each time, so that
 * connections that wait take little.
 */
const lastRead = new WeakMap<object, ReadHeader>();
const maxKeptLength = 2048;

/**
 * Reads the bearer token out of a request's Authorization header (RFC 6750 section 2.1; the scheme in any case).
 * Another scheme, an empty header or none is `none`. Does not read tokens from the query or the body (section 5.3).
 */
export function parseBearer(request: RequestHeaders): Credentials {
  return parseCredentials(request, "Bearer");
}

/** The same for the token of whichever scheme; that of DPoP has the same form (RFC 9449 section 7.1). */
export function parseCredentials(request: RequestHeaders, wanted: AuthScheme): Credentials {
  const values = readHeader(request, "authorization");
  if (values.length > 1) return malformed;
  const [value] = values;
  if (value === undefined) return none;
  if (typeof value !== "string") return malformed;
  const { socket } = request;
  const known = isObject(socket) ? lastRead.get(socket) : undefined;
  if (known?.header === value && known.scheme === wanted) return known.presented;
  const { wellFormed, scheme } = forms[wanted];
  const token = wellFormed.exec(value)?.[1];
  if (token === undefined || token.length > maxTokenLength) return scheme.test(value) ? malformed : none;
  const presented: PresentedToken = { kind: "token", token, digest: hash("sha256", token, "base64") };
  if (isObject(socket) && value.length <= maxKeptLength) {
    lastRead.set(socket, { header: value, scheme: wanted, presented });
  }
  return presented;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/**
 * Every value that was sent of a header, whose name is given in small letters. Node keeps only the first of several
 * Authorization headers in `headers` and joins those of other names; all of them show in `rawHeaders`.
 */
export function readHeader(
  { headers, rawHeaders = [] }: RequestHeaders,
  name: "authorization" | "dpop",
): readonly unknown[] {
  const received: unknown[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index];
    if (header?.length === name.length && header.toLowerCase() === name) received.push(rawHeaders[index + 1]);
  }
  if (received.length > 1) return received;
  return headers[name] === undefined ? [] : [headers[name]];
}
