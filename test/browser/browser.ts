import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));

/** A page under watch. */
export interface WatchedPage {
  readonly page: Page;
  /** Requests to hosts that it has no business with, errors in its console, and what it failed on. */
  readonly problems: readonly string[];
}

/** Starts a real browser. */
export async function startBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no Chromium at ${executablePath}: install Debian's package chromium, or set CHROMIUM_PATH.`,
    );
  }
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath, headless: true, args });
}

/** Opens an empty page, with a profile of its own, that may speak to these origins only. */
export async function openPage(browser: Browser, origins: readonly string[]): Promise<WatchedPage> {
  const problems: string[] = [];
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && !origins.includes(url.origin)) problems.push(`request to ${url.href}`);
  });
  page.on("console", (message) => {
    // A refused query is a 401 or a 403, which Chromium reports by itself.
    if (message.type() === "error" && !/Failed to load resource.* 40[13] /.test(message.text()))
      problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  return { page, problems };
}

/** Keeps a picture of the page, to be looked at. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${screenshots}${name.replaceAll(/\W+/g, "-")}.png` });
}
