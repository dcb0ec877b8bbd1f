import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));

let provider: TestProvider;
let server: TestServer;
let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no Chromium at ${executablePath}: install Debian's package chromium, or set CHROMIUM_PATH.`,
    );
  }
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer });
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  browser = await chromium.launch({ executablePath, headless: true, args });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await provider?.stop();
});
beforeEach(async () => {
  problems = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("data:")) problems.push(request.url());
  });
  page.on("console", (message) => {
    // A refused query is a 401 or a 403, which Chromium reports by itself.
    if (message.type() === "error" && !message.text().includes("Failed to load resource"))
      problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(`${server.url}/graphql`);
  await page.locator(".graphiql-query-editor .CodeMirror").waitFor();
});
afterEach(async ({ task }) => {
  await page.screenshot({ path: `${screenshots}${task.name.replaceAll(/\W+/g, "-")}.png` });
  await page.close();
  expect(problems).toEqual([]);
});

/** Runs what is in the tab, with these headers, and returns the answer as it is shown. */
async function run(tab: number, token?: string): Promise<string> {
  await page.locator(".graphiql-tab").nth(tab).click();
  if (token !== undefined) {
    const editor = page.locator(".graphiql-editor-tool .CodeMirror:visible");
    await editor.click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(JSON.stringify({ Authorization: `Bearer ${token}` }));
  }
  await page.locator(".graphiql-execute-button").click();
  const result = page.locator(".result-window .CodeMirror-code");
  await result
    .getByText(/data|errors/)
    .first()
    .waitFor();
  return (await result.textContent()) ?? "";
}

test("the IDE shows a tab for each kind of caller and runs the public query", async () => {
  expect(await page.locator(".graphiql-tab").count()).toBe(3);
  expect(await run(0)).toContain("doesn't require an access token");
});

test("the private query without a token shows a legible refusal", async () => {
  expect(await run(1)).toMatch(/UNAUTHENTICATED/);
});

test("the private query with a token shows the message", async () => {
  expect(await run(1, await provider.getToken("member"))).toContain("successfully validated your access token");
});

test("the admin query without the scope shows which one is missing", async () => {
  expect(await run(2, await provider.getToken("member"))).toMatch(/read:admin-messages/);
});

test("the admin query with the scope shows the message", async () => {
  const token = await provider.getToken("admin", { scope: "read:admin-messages" });
  expect(await run(2, token)).toContain("successfully recognized you as an admin");
});

test("the docs show the fields and their descriptions", async () => {
  await page
    .getByRole("button", { name: /Documentation Explorer/ })
    .first()
    .click();
  await page.getByText("Query", { exact: true }).first().click();
  await page.getByText("For callers with a valid access token.").waitFor();
});
