import { type Authenticator, createAuthenticator } from "../src/authentication/authenticator.ts";
import { audience, createTokenSource, issuer } from "./token-source.ts";

const distinctTokens = 100_000;
const limitMib = 60;

const source = createTokenSource("EdDSA");

/** Presents so many tokens, none of which is kept here. */
async function present(count: number): Promise<Authenticator> {
  const authenticate = createAuthenticator({
    issuers: [{ issuer, audience, jwksUri: `${issuer}jwks` }],
    askProvider: source.askProvider,
  });
  for (let done = 0; done < count; done += 1) {
    const { kind } = await authenticate({ headers: { authorization: `Bearer ${source.next()}` } });
    if (kind !== "authenticated") throw new Error(`A good token was not: ${kind}.`);
  }
  return authenticate;
}

function measure(): { readonly rss: number; readonly heap: number } {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 };
}

// What code and its first use take is not the tokens'.
await present(1000);
const before = measure();
const kept = await present(distinctTokens);
const after = measure();
const grown = `the process by ${(after.rss - before.rss).toFixed(1)} MiB, its heap by ${(after.heap - before.heap).toFixed(1)}`;
process.stdout.write(`${distinctTokens} distinct tokens, default cache: ${grown} MiB (at most ${limitMib})\n`);
// Used until here, so that its cache was not collected before it was measured.
if (!kept) process.exitCode = 1;
