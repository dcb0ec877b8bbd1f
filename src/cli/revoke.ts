import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { toAnswerKey } from "../authentication/answer-seal.ts";
import { systemClock } from "../authentication/clock.ts";
import { type Issuer, parseIssuer } from "../authentication/issuer.ts";
import { silentLogger } from "../authentication/logger.ts";
import { readConfig } from "../config.ts";
import { loadDotEnv } from "../dot-env.ts";

const help = `Takes a token's entry out of the Redis that replicas share (CACHE_URL), with AUTH_METHOD=introspection.
Revoke the token at the provider first: this makes every replica ask it anew, and it must say that the token is not active.

  npm run --silent revoke -- TOKEN
  npm run --silent revoke -- - < FILE

  TOKEN     the access token; - reads it from standard input, so that it stays out of the shell's history
  --help    this text

It reads the same environment variables, and the same .env, as the server. In production, without npm:
node dist/cli/revoke.js TOKEN
`;

const nextCheck = `\
Every replica asks the provider about this token within a second, and refuses it if the provider says that it is
not active: it must be revoked there.
`;

/** Beyond the longest call to the provider: the time that storing its answer may take. */
const storingMs = 2000;

/** Runs the command; resolves to what it prints, or rejects with an error whose message is for its user. */
async function run(args: string[]): Promise<string> {
  const options = { help: { type: "boolean", short: "h", default: false } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return help;
  loadDotEnv();
  const config = readConfig(process.env);
  const issuer = readIssuer(config.issuer);
  if (config.cacheUrl === undefined) {
    throw new Error("CACHE_URL is not set: replicas share nothing here, and each asks the provider for itself.");
  }
  const key = toAnswerKey(issuer, await readToken(positionals));
  return (await remove(config.cacheUrl, key, issuer.timeoutMs + storingMs))
    ? `The token's entry is removed.\n${nextCheck}`
    : `There was no entry for this token.\n${nextCheck}`;
}

function readIssuer(options: Parameters<typeof parseIssuer>[0]): Issuer {
  const result = parseIssuer(options);
  if (result.kind === "invalid") throw new TypeError("The configuration holds an issuer that is not valid.");
  if (result.issuer.method === "introspection") return result.issuer;
  throw new Error("AUTH_METHOD is jwks: there is nothing to revoke here, a signed token passes until it expires.");
}

async function readToken(positionals: readonly string[]): Promise<string> {
  const [argument, ...more] = positionals;
  const token = argument === "-" ? (await text(process.stdin)).trim() : argument;
  if (token === undefined || more.length > 0 || !/^[\w\-.~+/]+=*$/.test(token)) {
    throw new Error("Give one access token, or - and the token on standard input (see --help).");
  }
  return token;
}

async function remove(url: string, key: string, barredForMs: number): Promise<boolean> {
  const { createSharedCache } = await import("../shared-cache/shared-cache.ts");
  const { readRefusalCode } = await import("../shared-cache/outage-log.ts");
  const cache = await createSharedCache({ url, logger: silentLogger, clock: systemClock });
  try {
    return await cache.answers.remove(key, barredForMs);
  } catch (error) {
    const code = readRefusalCode(error);
    const why = code === undefined ? "cannot be asked" : `refuses to do it (${code})`;
    throw new Error(`Redis (CACHE_URL) ${why}: nothing is removed. Try again.`, { cause: error });
  } finally {
    await cache.stop();
  }
}

run(process.argv.slice(2)).then(
  (text) => process.stdout.write(text),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
