import { all, type Contestant, named } from "./contestants.ts";
import { type Provider, startProvider } from "./load/provider.ts";
import { startTarget, type Target, type TargetOptions } from "./load/target.ts";
import { audience, issuer } from "./token-source.ts";

/** How often everything is measured. */
export interface Effort {
  readonly warmUps: number;
  readonly rounds: number;
  /** Who answers the small request. */
  readonly contestants: readonly Contestant[];
  /** How many requests a server gets in a round, where it is compared with others: small ones, and large ones. */
  readonly contestRequests: number;
  readonly largeRequests: number;
  /** And where ours is compared with itself. */
  readonly requests: number;
  /** How often servers are started afresh: each process is a little faster or slower by chance. */
  readonly starts: number;
  /** After how many requests the memory is read. */
  readonly memoryRequests: number;
}

/** What all scenarios share: a provider, its tokens, and how much is to be measured. */
export interface Setting {
  readonly provider: Provider;
  readonly effort: Effort;
}

export const full: Effort = {
  warmUps: 5,
  rounds: 9,
  contestants: all,
  contestRequests: 2000,
  largeRequests: 20,
  requests: 2000,
  starts: 3,
  memoryRequests: 100_000,
};

/** For a glance: less of everything, but as warm, since what is not slows down who has more code. */
export const quick: Effort = {
  warmUps: 3,
  rounds: 5,
  contestants: named,
  contestRequests: 3000,
  largeRequests: 6,
  requests: 800,
  starts: 1,
  memoryRequests: 5000,
};

/** Starts the provider; whoever starts it stops it. */
export async function startSetting(effort: Effort): Promise<Setting> {
  return { provider: await startProvider(), effort };
}

/** What is asked, and by whom. */
export type Asked = Pick<TargetOptions, "queries" | "connections"> & Partial<Pick<TargetOptions, "tokens">>;

/**
 * Starts a contestant's server. Ours has every protection that is on by default; the limit on requests of one subject
 * is on too, and so high that the bench, which is one subject, never meets it. By default it logs what is wrong only,
 * as the others do.
 */
export function startContestant(
  { provider }: Setting,
  { name, script, isFloor = false, task, env, execArgv = [] }: Contestant,
  { queries, connections, tokens = [provider.nextToken()] }: Asked,
): Promise<Target> {
  return startTarget({
    name,
    script,
    isFloor,
    execArgv,
    queries,
    tokens,
    connections,
    task: { issuer, audience, jwksUri: provider.jwksUri, ...task },
    env: { ...toEnvironment(provider), ...env },
  });
}

/** The product's environment: a production server before the bench's provider. */
export function toEnvironment({ jwksUri }: Provider): Readonly<Record<string, string>> {
  return {
    PORT: "0",
    PUBLIC_URL: "http://127.0.0.1",
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: audience,
    AUTH_JWKS_URI: jwksUri,
    LIMIT_REQUESTS_PER_MINUTE: String(2 ** 31 - 1),
    LOG_LEVEL: "warn",
  };
}

/** Stops them all. */
export async function stopAll(targets: readonly Target[]): Promise<void> {
  await Promise.all(targets.map(({ stop }) => stop()));
}
