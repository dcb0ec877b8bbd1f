import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { createAuthenticator } from "../src/authentication/authenticator.ts";
import { compare, formatTimings } from "./compare.ts";

const issuer = "https://issuer.example.com/";
const audience = "https://api.example.com";

/** What verifying costs: an RS256 token checked by jose alone, by us for the first time, and by us again. */
export async function benchAuthentication(): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: "RS256", kid: "k", use: "sig" }] };
  const sign = (jti: number): Promise<string> =>
    new SignJWT({ iss: issuer, aud: audience, sub: "x", scope: "a b", jti: String(jti) })
      .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: "k" })
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
  const tokens = await Promise.all(Array.from({ length: 200 }, (_, index) => sign(index)));
  const authenticate = createAuthenticator({
    issuers: [{ issuer, audience, jwksUri: `${issuer}jwks` }],
    // So small that of 200 tokens in turn none is remembered when its turn comes again.
    maxCachedTokens: 1,
    askProvider: async () => ({ kind: "answered", status: 200, json: keys }),
  });
  const remembering = createAuthenticator({
    issuers: [{ issuer, audience, jwksUri: `${issuer}jwks` }],
    askProvider: async () => ({ kind: "answered", status: 200, json: keys }),
  });
  const keySet = createLocalJWKSet(keys);
  const next = createTurn(tokens);
  const present = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const known = present(next());
  const timings = await compare([
    { name: "jose's jwtVerify with a local key set", run: () => jwtVerify(next(), keySet, { issuer, audience }) },
    { name: "a token seen for the first time", run: () => authenticate(present(next())) },
    { name: "a token seen before", run: () => remembering(known) },
  ]);
  return formatTimings("One RS256 token:", timings);
}

function createTurn(items: readonly string[]): () => string {
  let index = 0;
  return () => items[index++ % items.length] ?? "";
}
