import { afterAll, beforeAll, expect, test } from "vitest";
import { clients, startProvider, type TestProvider } from "../support/provider.ts";
import { startServerForTest, type TestServer } from "../support/server.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());

/** A replica that has this secret; the provider takes the one of its client `api`. */
function startReplica(secret: string): Promise<TestServer> {
  const env = { AUTH_METHOD: "introspection", AUTH_CLIENT_ID: "api", AUTH_CLIENT_SECRET: secret };
  return startServerForTest({ issuer: provider.issuer, env });
}

test("a secret that the provider does not take is an outage, which the log explains and a restart with the right one ends", async () => {
  const query = "{ publicMessage { message } privateMessage { message } }";
  const token = await provider.getToken("member", { format: "opaque" });
  const old = await startReplica("the-secret-of-yesterday");
  const refused = await old.query("{ privateMessage { message } }", { token });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, expect.any(String)]);
  expect((await old.query(query, { token })).body.data.publicMessage).not.toBeNull();
  expect(old.logs.join("")).toContain("it refuses our own credentials (AUTH_CLIENT_ID with AUTH_CLIENT_SECRET");
  expect(old.logs.join("")).not.toContain("the-secret-of-yesterday");

  const renewed = await startReplica(clients.find(({ id }) => id === "api")?.secret ?? "");
  expect((await renewed.query(query, { token })).body.errors).toBeUndefined();
  expect(renewed.logs.join("")).not.toContain("credentials");
});
