import { compareInRounds, findMedian } from "../compare.ts";
import { ours } from "../contestants.ts";
import { toOpaqueToken } from "../load/provider.ts";
import { measureCpuUs, type Target } from "../load/target.ts";
import { type Setting, startContestant, stopAll } from "../setting.ts";
import { adminQuery, smallConnections } from "./authenticated-request.ts";
import { measureLookUps } from "./cached-tokens.ts";

const cachedTokens = 100_000;

/** How much more a request costs where there is more of something. */
export interface Flatness {
  readonly name: string;
  /** CPU time of a request with much of it, to one with little. */
  readonly ratio: number;
}

interface Variant {
  readonly task?: { readonly otherRules: number };
  readonly env?: Readonly<Record<string, string>>;
  readonly tokens?: readonly string[];
  readonly queries?: readonly string[];
}

/** Scenario 3: what a request costs does not grow with what it does not use. */
export async function measureFlatness(setting: Setting): Promise<readonly Flatness[]> {
  const introspected = (others: number): Variant => ({
    tokens: [toOpaqueToken(others)],
    env: {
      AUTH_METHOD: "introspection",
      AUTH_JWKS_URI: "",
      AUTH_INTROSPECTION_ENDPOINT: setting.provider.introspectionEndpoint,
      AUTH_CLIENT_ID: "api",
      AUTH_CLIENT_SECRET: "secret",
      // The request in a round that asks the provider again would be counted for all others.
      AUTH_INTROSPECTION_TTL_S: "3600",
    },
  });
  const operations = Array.from({ length: 1000 }, (_, index) => `query Operation${index} ${adminQuery}`);
  return [
    await comparePair(setting, "10 → 10,000 rules in the schema", [
      { task: { otherRules: 10 } },
      { task: { otherRules: 10_000 } },
    ]),
    await comparePair(setting, "1 → 10,000 scopes in a token", [introspected(1), introspected(10_000)]),
    await measureCachedTokens(setting),
    await comparePair(setting, "1 → 1,000 distinct operations", [
      { queries: operations.slice(0, 1) },
      { queries: operations },
    ]),
  ];
}

async function comparePair(setting: Setting, name: string, variants: readonly [Variant, Variant]): Promise<Flatness> {
  const ratios: number[] = [];
  for (let pair = 0; pair < setting.effort.starts; pair += 1) ratios.push(await measurePair(setting, variants));
  return { name, ratio: findMedian(ratios) };
}

/** The CPU time of a request of the second, to one of the first; both are started for it. */
async function measurePair(setting: Setting, variants: readonly [Variant, Variant]): Promise<number> {
  const targets: Target[] = [];
  try {
    for (const { queries = [adminQuery], tokens, ...variant } of variants) {
      const asked = { queries, connections: smallConnections, ...(tokens && { tokens }) };
      targets.push(await startContestant(setting, { ...ours, ...variant }, asked));
    }
    // Each operation several times in a round: the first time what the server knows of it has been displaced by the other.
    const requests = Math.max(setting.effort.requests / 2, ...targets.map((target) => 4 * target.requests.length));
    const [, many] = await compareInRounds(targets, setting.effort, (target) => measureCpuUs(target, requests));
    return many?.ratio ?? Number.NaN;
  } finally {
    await stopAll(targets);
  }
}

/**
 * The server remembers at most 10,000 tokens, so the authenticator alone is asked, in this process, and what it takes
 * longer is added to what a request takes.
 */
async function measureCachedTokens(setting: Setting): Promise<Flatness> {
  const { oneUs, manyUs } = await measureLookUps(cachedTokens);
  const target = await startContestant(setting, ours, { queries: [adminQuery], connections: smallConnections });
  try {
    const [request] = await compareInRounds([target], setting.effort, (only) =>
      measureCpuUs(only, setting.effort.requests),
    );
    const requestUs = request?.medianUs ?? Number.NaN;
    return { name: "1 → 100,000 cached tokens", ratio: (requestUs + manyUs - oneUs) / requestUs };
  } finally {
    await target.stop();
  }
}
