import { afterAll, beforeAll, expect, test } from "vitest";
import { startProvider, type TestProvider } from "./support/provider.ts";
import { startServer, type TestServer } from "./support/server.ts";

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

test("a caller without scopes reads the private message", async () => {
  const { status, body } = await server.query("{ privateMessage { message } }", {
    token: await provider.getToken("member"),
  });
  expect(status).toBe(200);
  expect(body).toEqual({ data: { privateMessage: { message: "The API successfully validated your access token." } } });
});
