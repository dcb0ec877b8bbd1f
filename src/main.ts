import { PolicyError } from "./authorization/policy.ts";
import { readConfig } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { loadDotEnv } from "./dot-env.ts";
import { createApp } from "./server/app.ts";
import { createSchema, createSubgraphSchema, SchemaError } from "./server/schema.ts";
import { createTerminalLog } from "./terminal-log.ts";

async function start(): Promise<void> {
  loadDotEnv();
  const config = readConfig(process.env);
  const schema = config.isFederated ? await createSubgraphSchema() : createSchema();
  const { issuer, localProviderPort } = config;
  // Lines for people where people look at them; elsewhere, and in production, for machines.
  const logStream = process.stdout.isTTY && !config.isProduction ? await createTerminalLog() : undefined;
  if (localProviderPort === undefined) {
    const app = await createApp({ config, schema, logStream });
    await app.listen();
    stopOnSignals(app.stop);
    return;
  }
  // Loaded on demand: production has neither the dependencies of these modules nor a use for them.
  const { startDevelopmentProvider } = await import("./local-provider/development.ts");
  const { createIdeTokens } = await import("./local-provider/ide-tokens.ts");
  const { formatWelcome } = await import("./local-provider/welcome.ts");
  const app = await createApp({ config, schema, logStream, ideTokens: createIdeTokens(issuer) });
  const provider = await startDevelopmentProvider(localProviderPort, issuer);
  const address = await app.listen();
  stopOnSignals(async () => {
    await app.stop();
    await provider.stop();
  });
  process.stdout.write(await formatWelcome(app.fastify, address, issuer));
}

/** The first signal stops in order; a second one, from somebody who will not wait, at once. */
function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}

/** What an operator can mend is said in words; only the unexpected shows where it happened. */
function describe(error: unknown): string {
  if (error instanceof ConfigError || error instanceof PolicyError || error instanceof SchemaError)
    return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, port, syscall } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE")
    return `Port ${port} is in use. Stop what listens there, or set PORT, METRICS_PORT and LOCAL_PROVIDER_PORT.`;
  if (syscall === "listen" || syscall === "getaddrinfo")
    return `The server cannot listen at this HOST and PORT (${code}).`;
  return error.stack ?? error.message;
}

start().catch(fail);
