import { expect, test } from "vitest";
import { audience } from "../support/provider.ts";
import { startScriptedProvider } from "../support/scripted-provider.ts";
import { readUrl, startProcess } from "../support/server-process.ts";

test("requests that outlast SHUTDOWN_TIMEOUT_MS are cut off, and the process ends with code 0 all the same", async () => {
  const provider = await startScriptedProvider();
  try {
    const asked = new Promise<void>((resolve) => provider.answers.set("/introspect", () => resolve()));
    const server = startProcess({
      PORT: "0",
      PUBLIC_URL: "http://api.example.com",
      SHUTDOWN_TIMEOUT_MS: "50",
      AUTH_ISSUER: provider.issuer,
      AUTH_AUDIENCE: audience,
      AUTH_METHOD: "introspection",
      AUTH_CLIENT_ID: "api",
      AUTH_CLIENT_SECRET: "secret",
      AUTH_TIMEOUT_MS: "60000",
    });
    const url = await readUrl(server);
    const answer = fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer opaque" },
      body: JSON.stringify({ query: "{ privateMessage { message } }" }),
    });
    const cutOff = expect(answer).rejects.toThrow();
    await asked;
    server.child.kill("SIGTERM");
    await cutOff;
    expect(await server.ended).toBe(0);
  } finally {
    await provider.stop();
  }
});
