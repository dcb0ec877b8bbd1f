import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { frontend, people } from "../../src/local-provider/callers.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { openPage, startBrowser, takePicture, type WatchedPage } from "./browser.ts";

const publicText = "The API doesn't require an access token to share this message.";
const privateText = "The API successfully validated your access token.";
const adminText = "The API successfully recognized you as an admin.";

let outDir: string;
let site: PreviewServer;
let origin: string;
let provider: TestProvider;
let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
  outDir = await mkdtemp(join(tmpdir(), "gatehouse-page-"));
  const shared = {
    configFile: false,
    root: fileURLToPath(new URL("page/", import.meta.url)),
    logLevel: "warn",
  } as const;
  site = await preview({ ...shared, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
  origin = new URL(site.resolvedUrls?.local[0] ?? "").origin;
  provider = await startProvider({ applications: [frontend], people });
  server = await startServer({ issuer: provider.issuer, env: { CLIENT_ORIGIN_URL: origin } });
  const define = {
    "import.meta.env.VITE_API_URL": JSON.stringify(`${server.url}/graphql`),
    "import.meta.env.VITE_ISSUER": JSON.stringify(provider.issuer),
  };
  await build({ ...shared, define, build: { outDir, emptyOutDir: true, target: "esnext" } });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await server?.stop();
  await provider?.stop();
  await rm(outDir, { recursive: true });
});
beforeEach(async () => {
  watched = await openPage(browser, [origin, server.url, provider.issuer]);
  page = watched.page;
});
afterEach(async ({ task }) => {
  await takePicture(page, `page-${task.name}`);
  await page.close();
  expect(watched.problems).toEqual([]);
});

/** What the page says, once it has all answers. */
async function read(): Promise<readonly (string | null)[]> {
  await page.waitForFunction(() => !document.body.textContent?.includes("Loading …"));
  return page.locator("main p").allTextContents();
}

async function signIn(name: string): Promise<void> {
  await page.goto(origin);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${provider.issuer}/login/*`);
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("who has not signed in reads the public message and is told to sign in for the others", async () => {
  await page.goto(origin);
  expect(await read()).toEqual([publicText, "Sign in to read this.", "Sign in to read this."]);
});

test("a member signs in, reads the private message, and is told which scope the admin's needs", async () => {
  await signIn("member");
  await page.waitForURL(`${origin}/`);
  expect(await read()).toEqual([publicText, privateText, "To read this you need read:admin-messages."]);
  expect(await page.getByRole("button", { name: "Sign in" }).count()).toBe(0);
});

test("an admin signs in and reads all messages", async () => {
  await signIn("admin");
  await page.waitForURL(`${origin}/`);
  expect(await read()).toEqual([publicText, privateText, adminText]);
});

test("the login page does not know a stranger", async () => {
  await signIn("stranger");
  await page.getByText("There is nobody of this name.").waitFor();
  await takePicture(page, "page-login");
  await page.getByLabel("Name").fill("member");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${origin}/`);
  expect((await read())[1]).toBe(privateText);
});

/** Has tokens that have run out be in the provider's answers, as many as told; counts the answers. */
async function expireTokens(count: number): Promise<() => number> {
  let answers = 0;
  const expired = await provider.sign({ sub: "admin", exp: Math.floor(Date.now() / 1000) - 60 });
  const bothRefused = waitForRefusals(2);
  await page.route(`${provider.issuer}/token`, async (route) => {
    const response = await route.fetch();
    answers += 1;
    if (answers === 2) await bothRefused;
    const json = await response.json();
    await route.fulfill({ response, json: answers <= count ? { ...json, access_token: expired } : json });
  });
  return () => answers;
}

/** Two queries are under way with the token that ran out; what is renewed for one is good for the other. */
function waitForRefusals(count: number): Promise<void> {
  let refused = 0;
  return new Promise((resolve) => {
    page.on("response", (response) => {
      if (response.status() === 401 && ++refused === count) resolve();
    });
  });
}

test("a token that ran out is renewed once, and the queries sent once more", async () => {
  const countTokens = await expireTokens(1);
  await signIn("admin");
  await page.waitForURL(`${origin}/`);
  expect(await read()).toEqual([publicText, privateText, adminText]);
  expect(countTokens()).toBe(2);
});

test("a renewed token that the API does not take either is not renewed again", async () => {
  const countTokens = await expireTokens(Number.POSITIVE_INFINITY);
  await signIn("admin");
  await page.waitForURL(`${origin}/`);
  expect(await read()).toEqual([publicText, "Sign in to read this.", "Sign in to read this."]);
  expect(countTokens()).toBe(2);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});

test("the page keeps no token where another script would find it", async () => {
  await signIn("member");
  await page.waitForURL(`${origin}/`);
  await read();
  const kept = await page.evaluate(() =>
    JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]),
  );
  expect(kept).not.toMatch(/eyJ|token|code/);
});
