import type { Task } from "./servers/server-process.ts";

/** A system that is measured, and how its server is started. */
export interface Contestant {
  readonly name: string;
  /** Relative to `bench/`. */
  readonly script: string;
  readonly task?: Partial<Task>;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node's, such as `--cpu-prof`. */
  readonly execArgv?: readonly string[];
  /** Whether it guards nothing, and only shows what the rest costs. */
  readonly isFloor?: boolean;
}

const gatehouse: Contestant = { name: "graphql-gatehouse", script: "servers/gatehouse.mjs" };

/** The product. */
export const ours: Contestant = gatehouse;

/** What it costs where no query is planned, or none that is asked for can be. */
const unplanned: Contestant = {
  ...gatehouse,
  name: "graphql-gatehouse, PLANNED_QUERIES=off",
  env: { PLANNED_QUERIES: "off" },
};

/** Those that a target names. */
export const mercurius: Contestant = {
  name: "mercurius + mercurius-auth, JIT, cached @fastify/jwt",
  script: "peers/mercurius.mjs",
};
export const apollo: Contestant = {
  name: "Apollo standalone + graphql-shield + jose",
  script: "peers/apollo-shield.mjs",
};
export const bareHttp: Contestant = {
  name: "bare node:http, no token, no GraphQL",
  script: "peers/bare-http.mjs",
  isFloor: true,
};

const pothos: Contestant = {
  name: "Pothos scope-auth on mercurius, JIT, cached @fastify/jwt",
  script: "peers/pothos.mjs",
};
const yoga: Contestant = { name: "Yoga + plugin-jwt + generic-auth", script: "peers/yoga.mjs" };
const compiledYoga: Contestant = {
  name: "Yoga + plugin-jwt + generic-auth, JIT",
  script: "peers/yoga.mjs",
  task: { isCompiled: true },
};

/** Everybody that answers a small request: the product first, everything else is a ratio to it. */
export const all: readonly Contestant[] = [
  gatehouse,
  { ...gatehouse, name: "graphql-gatehouse, LOG_LEVEL=info", env: { LOG_LEVEL: "info" } },
  unplanned,
  mercurius,
  pothos,
  yoga,
  compiledYoga,
  apollo,
  bareHttp,
];

/** Those of them that goals are set by. */
export const named: readonly Contestant[] = [gatehouse, mercurius, apollo, bareHttp];

/** Everybody that answers a large one. */
export const executors: readonly Contestant[] = [
  gatehouse,
  unplanned,
  mercurius,
  pothos,
  yoga,
  compiledYoga,
  apollo,
  {
    name: "mercurius, JIT, nothing guarded",
    script: mercurius.script,
    task: { isUnguarded: true },
    isFloor: true,
  },
];
