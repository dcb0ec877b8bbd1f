import { type Authenticator, createAuthenticator } from "../../src/authentication/authenticator.ts";
import { compare } from "../compare.ts";
import { audience, issuer } from "../token-source.ts";

/** What it takes to recognise a token that was seen before, in microseconds. */
export interface LookUps {
  /** Where no other token is remembered. */
  readonly oneUs: number;
  /** Where many are, and are presented in turn. */
  readonly manyUs: number;
}

/** As long as a JWT is. */
const filler = "x".repeat(600);

/** Compares look-ups among one token and among many, each of which is as long as a JWT. */
export async function measureLookUps(many: number): Promise<LookUps> {
  const [one, crowd] = [create(1), create(many)];
  const tokens = Array.from({ length: many }, (_, index) => `${filler}${index}`);
  await present(one, filler);
  for (const token of tokens) await present(crowd, token);
  let turn = 0;
  const [alone, among] = await compare([
    { name: "one", run: () => present(one, filler) },
    { name: "many", run: () => present(crowd, tokens[turn++ % tokens.length] ?? "") },
  ]);
  return { oneUs: alone?.medianUs ?? Number.NaN, manyUs: among?.medianUs ?? Number.NaN };
}

/** Introspection makes a known token with the least work; a token that is known is found in the same way. */
function create(maxCachedTokens: number): Authenticator {
  return createAuthenticator({
    issuers: [
      {
        issuer,
        audience,
        method: "introspection",
        introspectionEndpoint: `${issuer}introspect`,
        introspectionTtlS: 3600,
        clientId: "api",
        clientSecret: "secret",
      },
    ],
    maxCachedTokens,
    askProvider: async () => ({ kind: "answered", status: 200, json: { active: true, iss: issuer, aud: audience } }),
  });
}

async function present(authenticate: Authenticator, token: string): Promise<void> {
  const { kind } = await authenticate({ headers: { authorization: `Bearer ${token}` } });
  if (kind !== "authenticated") throw new Error(`A good token was not: ${kind}.`);
}
