import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { audience } from "../support/provider.ts";
import { type Program, startProgram } from "./program.ts";
import { apiCredentials } from "./tokens.ts";

/** How a replica checks tokens. */
export type Method = "jwks" | "introspection";

/** What a replica is started with. */
export interface ReplicaOptions {
  readonly name: string;
  readonly folder: string;
  readonly method: Method;
  readonly port: number;
  readonly publicUrl: string;
  readonly issuer: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How much memory a process has when all garbage is collected. */
export interface Memory {
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** A server process as in production. */
export interface Replica extends Program {
  /** Undefined when it has ended. */
  readonly measure: () => Promise<Memory | undefined>;
}

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const probe = new URL("./memory-probe.js", import.meta.url).href;

/** Starts a server process (of `dist`, as it was built last) and resolves when it is ready. */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const { name, folder, method, port, publicUrl, issuer, env } = options;
  const program = await startProgram({
    name,
    command: process.execPath,
    args: ["--expose-gc", "--import", probe, main],
    cwd: folder,
    ipc: true,
    env: {
      NODE_ENV: "production",
      PORT: String(port),
      PUBLIC_URL: publicUrl,
      LOG_LEVEL: "warn",
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: audience,
      AUTH_METHOD: method,
      ...(method === "introspection" && {
        AUTH_CLIENT_ID: apiCredentials.id,
        AUTH_CLIENT_SECRET: apiCredentials.secret,
        // Whom it knows, it knows to the end.
        AUTH_INTROSPECTION_TTL_S: "3600",
      }),
      TRUSTED_PROXIES: "127.0.0.1",
      // All callers are one address, and the test has its own rate.
      LIMIT_REQUESTS_PER_MINUTE: "0",
      ...env,
    },
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok,
  });
  return {
    ...program,
    measure: async () => {
      const { child } = program;
      if (!child.connected) return undefined;
      const listening = new AbortController();
      const { signal } = listening;
      const answered = once(child, "message", { signal }).then(([memory]) => memory as Memory);
      const ended = once(child, "close", { signal }).then(() => undefined);
      child.send("measure");
      const memory = await Promise.race([answered, ended]);
      listening.abort();
      await Promise.allSettled([answered, ended]);
      return memory;
    },
  };
}
