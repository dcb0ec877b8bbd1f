import type { Method } from "./replica.ts";
import type { TokenSource } from "./tokens.ts";

/** The one right answer to a request. */
export interface Expected {
  readonly status: number;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Of each refused field: its path, the code and the reason. */
  readonly refused: readonly string[];
}

/** Somebody who asks one thing again and again. */
export interface Caller {
  readonly name: string;
  readonly query: string;
  readonly method: "GET" | "POST";
  /** Undefined: none is sent. */
  readonly readToken?: () => string;
  readonly expected: Expected;
  /**
   * What only the provider can tell of this caller's tokens: nothing; whose they are, once a request, or, of a signed
   * one, by a key that may be new.
   */
  readonly needs: "nothing" | "provider" | "new key";
}

const texts = {
  publicMessage: { message: "The API doesn't require an access token to share this message." },
  privateMessage: { message: "The API successfully validated your access token." },
  adminMessage: { message: "The API successfully recognized you as an admin." },
};

const ask = (...fields: readonly (keyof typeof texts)[]): string =>
  `{ ${fields.map((field) => `${field} { message }`).join(" ")} }`;

const granted = (...fields: readonly (keyof typeof texts)[]): Expected => ({
  status: 200,
  data: Object.fromEntries(fields.map((field) => [field, texts[field]])),
  refused: [],
});

const unauthenticated = (reason: string): Expected => ({
  status: 401,
  refused: [`privateMessage UNAUTHENTICATED ${reason}`],
});

/** Every kind of caller that this API tells apart. */
export function createCallers(method: Method, tokens: TokenSource): readonly Caller[] {
  const [member, admin, expired, forged] = [
    tokens.next(),
    tokens.next("read:admin-messages"),
    tokens.next(undefined, -3600),
    tokens.forge(),
  ];
  const isSigned = method === "jwks";
  const bad = unauthenticated(isSigned ? "invalid_token" : "token_inactive");
  const refused = isSigned ? ("nothing" as const) : ("provider" as const);
  const admins = ["adminMessage FORBIDDEN insufficient_scope"];
  const base = { method: "POST", needs: "nothing" } as const;
  const refusing = { ...base, needs: refused, query: ask("privateMessage") } as const;
  return [
    { ...base, name: "nobody, public", query: ask("publicMessage"), expected: granted("publicMessage") },
    {
      ...base,
      name: "nobody, private",
      query: ask("privateMessage"),
      expected: unauthenticated("authorization_header_missing"),
    },
    {
      ...base,
      name: "a member, private",
      query: ask("privateMessage"),
      readToken: () => member,
      expected: granted("privateMessage"),
    },
    {
      ...base,
      name: "a member, admin",
      query: ask("adminMessage"),
      readToken: () => member,
      expected: { status: 403, refused: admins },
    },
    {
      ...base,
      name: "a member, all three",
      query: ask("publicMessage", "privateMessage", "adminMessage"),
      readToken: () => member,
      expected: {
        status: 200,
        data: { ...granted("publicMessage", "privateMessage").data, adminMessage: null },
        refused: admins,
      },
    },
    {
      ...base,
      name: "an admin, admin, by GET",
      method: "GET",
      query: ask("adminMessage"),
      readToken: () => admin,
      expected: granted("adminMessage"),
    },
    {
      ...refusing,
      name: "an expired token",
      readToken: () => expired,
      expected: isSigned ? unauthenticated("token_expired") : bad,
    },
    { ...refusing, name: "a forged token", readToken: () => forged, expected: bad },
    { ...refusing, name: "a made-up token", readToken: () => "no-token-of-anybody", expected: bad },
    {
      ...base,
      name: "a newcomer, private",
      query: ask("privateMessage"),
      readToken: () => tokens.next(),
      needs: isSigned ? "new key" : "provider",
      expected: granted("privateMessage"),
    },
  ];
}

/** What a caller is answered while only the provider could tell, and cannot be asked: never that the token is bad. */
export const unavailable: Expected = {
  status: 503,
  refused: ["privateMessage SERVICE_UNAVAILABLE provider_unavailable"],
};

/** What a caller is answered whose token's key is so new that it is not known yet. */
export const keyNotKnown: Expected = unauthenticated("invalid_token");
