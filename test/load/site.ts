import { startNginx } from "./nginx.ts";
import { findFreePorts } from "./ports.ts";
import type { Program } from "./program.ts";
import { type Provider, startProvider } from "./provider.ts";
import { startRedis } from "./redis.ts";
import { type Method, type Replica, type ReplicaOptions, startReplica } from "./replica.ts";
import { createOpaqueTokenSource, createSignedTokenSource, type TokenSource } from "./tokens.ts";

/** Replicas that check tokens in one way, behind nginx. */
export interface Fleet {
  readonly method: Method;
  /** Of nginx. */
  readonly url: string;
  readonly tokens: TokenSource;
  readonly replicas: Replica[];
  /** Of the replicas themselves. */
  readonly replicaUrls: readonly string[];
  /** Starts another replica where one was stopped. */
  readonly replace: (index: number) => Promise<void>;
}

/** All that runs for a test: a provider, Redis, nginx, and replicas of both methods. */
export interface Site {
  readonly fleets: readonly Fleet[];
  readonly killProvider: () => Promise<void>;
  readonly startProvider: () => Promise<void>;
  /** Publishes a further key, and has tokens signed with it from now on. */
  readonly rotateKeys: () => void;
  readonly killRedis: () => Promise<void>;
  readonly startRedis: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const secret = "what opaque tokens are sealed with";

/** Starts everything on free ports of 127.0.0.1, with so many replicas of each method; all files are in `folder`. */
export async function startSite(folder: string, replicasEach: number): Promise<Site> {
  const [providerPort = 0, redisPort = 0, ...ports] = await findFreePorts(4 + 2 * replicasEach);
  const issuer = `http://127.0.0.1:${providerPort}`;
  const signed = createSignedTokenSource(issuer);
  const startIt = (): Promise<Provider> =>
    startProvider({ folder, port: providerPort, publicKeys: signed.publicKeys(), secret });

  let [provider, redis] = await Promise.all([startIt(), startRedis(folder, redisPort)]);
  const base = { folder, issuer, env: { CACHE_URL: `redis://127.0.0.1:${redisPort}` } };
  const fleets = await Promise.all([
    startFleet({ ...base, method: "jwks" }, signed, ports.slice(0, 1 + replicasEach)),
    startFleet(
      { ...base, method: "introspection" },
      createOpaqueTokenSource(issuer, secret),
      ports.slice(1 + replicasEach),
    ),
  ]);
  const upstreams = fleets.map(({ method, url, replicaUrls }) => ({
    name: method,
    port: portOf(url),
    replicas: replicaUrls.map(portOf),
  }));
  const nginx = await startNginx(folder, upstreams);

  return {
    fleets,
    killProvider: async () => void (await provider.stop("SIGKILL")),
    startProvider: async () => {
      provider = await startIt();
    },
    rotateKeys: () => {
      signed.rotate();
      provider.publish(signed.publicKeys());
    },
    killRedis: async () => void (await redis.stop("SIGKILL")),
    startRedis: async () => {
      redis = await startRedis(folder, redisPort);
    },
    stop: async () => {
      const programs: readonly Program[] = [nginx, ...fleets.flatMap(({ replicas }) => replicas), redis, provider];
      await Promise.all(programs.map((program) => program.stop()));
    },
  };
}

const portOf = (url: string): number => Number(new URL(url).port);

async function startFleet(
  base: Omit<ReplicaOptions, "name" | "port" | "publicUrl">,
  tokens: TokenSource,
  [port, ...ports]: readonly number[],
): Promise<Fleet> {
  const url = `http://127.0.0.1:${port}`;
  const start = (index: number): Promise<Replica> =>
    startReplica({ ...base, name: `${base.method} ${index + 1}`, port: ports[index] ?? 0, publicUrl: url });
  const replicas = await Promise.all(ports.map((_port, index) => start(index)));
  return {
    method: base.method,
    url,
    tokens,
    replicas,
    replicaUrls: ports.map((replica) => `http://127.0.0.1:${replica}`),
    replace: async (index) => {
      replicas[index] = await start(index);
    },
  };
}
