import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startProvider, type TestProvider } from "./support/provider.ts";

async function start(options: Parameters<typeof startProvider>[0]): Promise<TestProvider> {
  const provider = await startProvider(options);
  onTestFinished(provider.stop);
  return provider;
}

const readClaims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

test("the local provider's tokens are for the audience as it is, a URI or not, and grant what the client may have", async () => {
  const provider = await start({ audience: "my-api" });
  const claims = readClaims(await provider.getToken("admin", { scope: "read:admin-messages other" }));
  expect(claims).toMatchObject({ iss: provider.issuer, aud: "my-api", sub: "admin", scope: "read:admin-messages" });
  expect(readClaims(await provider.getToken("member", { scope: "read:admin-messages" }))).not.toHaveProperty("scope");
});

test("the local provider answers to its own name only: a web page cannot lend it another", async () => {
  const { issuer } = await start({});
  const ask = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request(`${issuer}/.well-known/openid-configuration`, { headers: { host } }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      })
        .on("error", reject)
        .end();
    });
  expect(await ask("evil.example.com")).toBe(421);
  expect(await ask(new URL(issuer).host)).toBe(200);
});
