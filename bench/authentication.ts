import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { type Authenticator, createAuthenticator } from "../src/authentication/authenticator.ts";
import { compare, formatTimings } from "./compare.ts";
import { audience, createTokenSource, issuer, type TokenSource } from "./token-source.ts";

const manyTokens = 10_000;
const manyRequests = 1000;

/** What checking tokens costs: in time, in memory, and in calls to the provider. */
export async function benchAuthentication(): Promise<string> {
  return `${await benchTime()}\n${benchMemory()}\n${await benchCalls()}`;
}

/** An RS256 token checked by jose alone, by us for the first time, and by us again, beside few and many others. */
async function benchTime(): Promise<string> {
  const source = createTokenSource("RS256");
  const tokens = Array.from({ length: 200 }, source.next);
  const [known = ""] = tokens;
  const keySet = createLocalJWKSet(source.keys as unknown as JSONWebKeySet);
  // So small a cache that of 200 tokens in turn none is remembered when its turn comes again.
  const forgetful = create(source, 1);
  const few = create(source);
  await present(few, known);
  const crowd = createTokenSource("EdDSA");
  const crowdTokens = Array.from({ length: manyTokens }, crowd.next);
  const many = create(crowd);
  for (const token of crowdTokens) await present(many, token);
  const nextForJose = createTurn(tokens);
  const nextForUs = createTurn(tokens);
  const nextOfMany = createTurn(crowdTokens);
  const timings = await compare([
    { name: "jose's jwtVerify, local key set", run: () => jwtVerify(nextForJose(), keySet, { issuer, audience }) },
    { name: "seen for the first time (at most 1.15×)", run: () => present(forgetful, nextForUs()) },
    { name: "seen before, 1 in the cache (at most 0.04×)", run: () => present(few, known) },
    { name: `seen before, ${manyTokens} in turn (the same)`, run: () => present(many, nextOfMany()) },
  ]);
  return formatTimings("One RS256 token:", timings);
}

/** In a process of its own, whose garbage can be collected on demand. */
function benchMemory(): string {
  const script = fileURLToPath(new URL("memory.ts", import.meta.url));
  return execFileSync(process.execPath, ["--expose-gc", "--import", "tsx", script], { encoding: "utf8" });
}

async function benchCalls(): Promise<string> {
  let calls = 0;
  const authenticate = createAuthenticator({
    issuers: [
      {
        issuer,
        method: "introspection",
        introspectionEndpoint: `${issuer}introspect`,
        clientId: "api",
        clientSecret: "secret",
      },
    ],
    askProvider: async () => {
      calls += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return { kind: "answered", status: 200, json: { active: true } };
    },
  });
  const answers = await Promise.all(Array.from({ length: manyRequests }, () => present(authenticate, "opaque")));
  const good = answers.filter(({ kind }) => kind === "authenticated").length;
  return `${manyRequests} simultaneous requests with one new opaque token: ${good} authenticated, calls: ${calls}\n`;
}

function create({ askProvider }: TokenSource, maxCachedTokens?: number): Authenticator {
  return createAuthenticator({
    issuers: [{ issuer, audience, jwksUri: `${issuer}jwks` }],
    maxCachedTokens,
    askProvider,
  });
}

function present(authenticate: Authenticator, token: string): ReturnType<Authenticator> {
  return authenticate({ headers: { authorization: `Bearer ${token}` } });
}

function createTurn(items: readonly string[]): () => string {
  let index = 0;
  return () => items[index++ % items.length] ?? "";
}
