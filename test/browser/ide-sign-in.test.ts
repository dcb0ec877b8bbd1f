import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { people } from "../../src/local-provider/callers.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { openPage, startBrowser, takePicture, type WatchedPage } from "./browser.ts";

const adminText = "The API successfully recognized you as an admin.";

let provider: TestProvider;
let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
  const applications = [{ id: "ide", redirectUris: ["http://127.0.0.1/"] }];
  provider = await startProvider({ applications, people });
  server = await startServer({ issuer: provider.issuer, env: { IDE_CLIENT_ID: "ide" } });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await provider?.stop();
});
beforeEach(async () => {
  watched = await openPage(browser, [server.url, provider.issuer]);
  page = watched.page;
  await page.goto(`${server.url}/graphql`);
  await page.locator(".graphiql-query-editor .CodeMirror").waitFor();
});
afterEach(async ({ task }) => {
  await takePicture(page, `sign-in-${task.name}`);
  await page.close();
  expect(watched.problems).toEqual([]);
});

const label = (): string => `sign in at ${new URL(provider.issuer).host} …`;
const told = (text: string | RegExp): Promise<void> => page.getByRole("status").getByText(text).waitFor();

/** Goes to the provider; the login page is to be filled in. */
async function begin(): Promise<void> {
  await page.getByLabel("Call as").selectOption(label());
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${provider.issuer}/login/*`);
}

async function signIn(name: string): Promise<void> {
  await begin();
  await page.getByLabel("Name").fill(name);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${server.url}/`);
  await told("sends Authorization: Bearer");
}

async function runAdminQuery(): Promise<void> {
  await page.locator(".graphiql-tab").nth(2).click();
  await page.locator(".graphiql-execute-button").click();
}

test("the choice is there, asks for what the schema knows, and sends nothing before one has signed in", async () => {
  expect(await page.getByLabel("Call as").locator("option").allTextContents()).toEqual([
    "anonymous",
    label(),
    "paste a token …",
  ]);
  await page.getByLabel("Call as").selectOption(label());
  expect(await page.getByLabel("Scopes").inputValue()).toBe("openid read:admin-messages");
  await runAdminQuery();
  await told(/^adminMessage: .*Authorization: Bearer/);
});

test("an admin signs in at the provider and comes back to the admin's message", async () => {
  await signIn("admin");
  await runAdminQuery();
  await page.locator(".result-window").getByText(adminText).waitFor();
});

test("scopes that are not asked for are not granted", async () => {
  await page.getByLabel("Call as").selectOption(label());
  await page.getByLabel("Scopes").fill("openid");
  await signIn("admin");
  await runAdminQuery();
  await told("adminMessage: needs read:admin-messages.");
});

test("a token that ran out is renewed, and the query sent once more", async () => {
  let answers = 0;
  const expired = await provider.sign({ sub: "admin", exp: Math.floor(Date.now() / 1000) - 60 });
  await page.route(`${provider.issuer}/token`, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    answers += 1;
    await route.fulfill({ response, json: answers === 1 ? { ...json, access_token: expired } : json });
  });
  await signIn("admin");
  await runAdminQuery();
  await page.locator(".result-window").getByText(adminText).waitFor();
  expect(answers).toBe(2);
});

test("an answer that nobody here asked for gets nobody signed in", async () => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${server.url}/?code=stolen&state=forged`);
  await told("sends no Authorization header");
  await page.goto(`${server.url}/`);
  await begin();
  await page.goto(`${server.url}/?code=stolen&state=forged&iss=${encodeURIComponent(provider.issuer)}`);
  await told(/"state"/);
  expect(page.url()).toBe(`${server.url}/`);
  expect(asked).not.toContain("/token");
});

test("what the provider refuses is told", async () => {
  await begin();
  await page.goto(`${server.url}/graphql`);
  const stored = await page.evaluate(() => sessionStorage.getItem("graphql-gatehouse:sign-in"));
  const search = new URLSearchParams({ error: "access_denied", state: JSON.parse(stored ?? "{}").state });
  await page.goto(`${server.url}/?${search}&iss=${encodeURIComponent(provider.issuer)}`);
  await told("(access_denied)");
});

test("no token is where another script would find it", async () => {
  await signIn("admin");
  const kept = await page.evaluate(() =>
    JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]),
  );
  expect(kept).not.toMatch(/eyJ|access_token|verifier|code=/);
});
