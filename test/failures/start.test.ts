import { expect, test } from "vitest";
import { audience } from "../support/provider.ts";
import { startScriptedProvider } from "../support/scripted-provider.ts";
import { startProcess } from "../support/server-process.ts";

test("a port that is taken ends the process with code 1 and one line that says so", async () => {
  const taken = await startScriptedProvider();
  try {
    const port = new URL(taken.issuer).port;
    const server = startProcess({ PORT: port, AUTH_ISSUER: taken.issuer, AUTH_AUDIENCE: audience });
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toBe(
      `Port ${port} is in use. Stop what listens there, or set PORT, METRICS_PORT and LOCAL_PROVIDER_PORT.\n`,
    );
  } finally {
    await taken.stop();
  }
});
