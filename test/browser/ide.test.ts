import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { admin, member } from "../../src/local-provider/callers.ts";
import { createIdeTokens } from "../../src/local-provider/ide-tokens.ts";
import { audience, startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { openPage, startBrowser, takePicture, type WatchedPage } from "./browser.ts";

let provider: TestProvider;
let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
  provider = await startProvider({ clients: [member, admin] });
  const { issuer } = provider;
  server = await startServer({ issuer, ideTokens: createIdeTokens({ issuer, audience }) });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await provider?.stop();
});
beforeEach(async () => {
  watched = await openPage(browser, [server.url]);
  page = watched.page;
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.querySelector(".graphiql-query-editor .CodeMirror-code") === null) return;
      performance.mark("usable");
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(`${server.url}/graphql`);
  await page.locator(".graphiql-query-editor .CodeMirror").waitFor();
});
afterEach(async ({ task }) => {
  await takePicture(page, task.name);
  await page.close();
  expect(watched.problems).toEqual([]);
});

/** Runs what is in the tab and returns the answer as it is shown. */
async function run(tab: number): Promise<string> {
  await page.locator(".graphiql-tab").nth(tab).click();
  return execute(() => page.locator(".graphiql-execute-button").click());
}

async function execute(start: () => Promise<void>): Promise<string> {
  const answered = page.waitForResponse(
    (response) =>
      new URL(response.url()).pathname === "/graphql" && !response.request().postData()?.includes("IntrospectionQuery"),
  );
  await start();
  await answered;
  const result = page.locator(".result-window .CodeMirror-code");
  await result
    .getByText(/"(data|errors)"/)
    .first()
    .waitFor();
  return (await result.textContent()) ?? "";
}

const callAs = (label: string): Promise<unknown> => page.getByLabel("Call as").selectOption(label);
const told = (): Promise<string | null> => page.getByRole("status").textContent();

const privateText = "The API successfully validated your access token.";
const adminText = "The API successfully recognized you as an admin.";
const memberLabel = "member (no scopes)";
const adminLabel = "admin (read:admin-messages)";

describe.each([
  { caller: "anonymous", answers: [/doesn't require an access token/, /UNAUTHENTICATED/, /UNAUTHENTICATED/] },
  { caller: memberLabel, answers: [/doesn't require an access token/, privateText, /FORBIDDEN.*read:admin-messages/] },
  { caller: adminLabel, answers: [/doesn't require an access token/, privateText, adminText] },
])("called as $caller", ({ caller, answers }) => {
  test.each([
    ["public", 0],
    ["private", 1],
    ["admin", 2],
  ] as const)(`${caller}: the %s query is answered as such a caller is`, async (_query, tab) => {
    expect(await page.locator(".graphiql-tab").count()).toBe(3);
    await callAs(caller);
    expect(await run(tab)).toMatch(answers[tab] ?? "");
  });
});

test("a refusal is told in words, and what the next run sends is told with the choice", async () => {
  expect(await told()).toBe("sends no Authorization header");
  await run(1);
  expect(await told()).toMatch(/^privateMessage: .*Authorization: Bearer/);
  await callAs(memberLabel);
  await page.getByText("sends Authorization: Bearer").waitFor();
  await run(2);
  expect(await told()).toBe("adminMessage: needs read:admin-messages.");
  await callAs(adminLabel);
  await run(2);
  expect(await told()).toBe("answered, and no field was refused");
});

test("a pasted token is sent, with or without the scheme before it", async () => {
  await callAs("paste a token …");
  const token = await provider.sign({ scope: "read:admin-messages" });
  await page.getByLabel("Access token").fill(`Bearer ${token}`);
  expect(await run(2)).toContain(adminText);
  await page.getByLabel("Access token").fill("not-a-token");
  expect(await run(2)).toContain("invalid_token");
});

test("an Authorization in the Headers pane is sent instead of the caller's", async () => {
  await callAs(memberLabel);
  await page.getByRole("button", { name: "Headers" }).click();
  await page.locator(".graphiql-editor-tool .CodeMirror:visible").click();
  const token = await provider.sign({ scope: "read:admin-messages" });
  await page.keyboard.insertText(JSON.stringify({ Authorization: `Bearer ${token}` }));
  await page.locator(".graphiql-query-editor .CodeMirror").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("{ adminMessage { message } }");
  expect(await execute(() => page.keyboard.press("Control+Enter"))).toContain(adminText);
});

describe("a token that ran out", () => {
  /** Has the first token that the page gets be one that has run out, and counts how many it gets. */
  async function getExpiredFirst(): Promise<() => number> {
    let got = 0;
    const expired = await provider.sign({ exp: Math.floor(Date.now() / 1000) - 60 });
    await page.route("**/ide/token", async (route) => {
      got += 1;
      await (got === 1 ? route.fulfill({ json: { access_token: expired } }) : route.continue());
    });
    return () => got;
  }

  test("is renewed, and the query sent once more", async () => {
    const countTokens = await getExpiredFirst();
    await callAs(adminLabel);
    expect(await run(2)).toContain(adminText);
    expect(await run(2)).toContain(adminText);
    expect(countTokens()).toBe(2);
  });

  test("does not have a mutation happen twice that has happened in part", async () => {
    let happened = 0;
    const typeDefs = "type Query { a: Int } type Mutation { add: Sum } type Sum { total: Int @auth }";
    const resolvers = { Mutation: { add: () => ({ total: ++happened }) } };
    const { issuer } = provider;
    const other = await startServer({ issuer, typeDefs, resolvers, ideTokens: createIdeTokens({ issuer, audience }) });
    await page.route(`${server.url}/graphql`, (route) => route.continue({ url: `${other.url}/graphql` }));
    const countTokens = await getExpiredFirst();
    await callAs(memberLabel);
    await page.locator(".graphiql-query-editor .CodeMirror").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("mutation Add { add { total } }");
    expect(await execute(() => page.keyboard.press("Control+Enter"))).toContain("token_expired");
    expect([happened, countTokens()]).toEqual([1, 1]);
    await other.stop();
  });
});

test("when the local provider is gone the choice says so, and nothing is sent in its stead", async () => {
  await page.route("**/ide/token", (route) =>
    route.fulfill({ status: 403, json: { errors: [{ message: "The server failed to answer." }] } }),
  );
  await callAs(memberLabel);
  await page.getByRole("status").getByText("There is no token for member: The server failed to answer.").waitFor();
  await page.locator(".graphiql-execute-button").click();
  await page
    .locator(".result-window")
    .getByText(/There is no token for member/)
    .waitFor();
});

test("the docs show what each field requires", async () => {
  await page
    .getByRole("button", { name: /Documentation Explorer/ })
    .first()
    .click();
  await page.getByText("Query", { exact: true }).first().click();
  const docs = page.locator(".graphiql-doc-explorer");
  await docs.getByText("Requires scope read:admin-messages.").waitFor();
  await docs.getByText("Requires").first().waitFor();
  expect(await docs.getByText(/^Requires/).count()).toBe(2);
});

test("in the dark the choice is legible too", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 800, height: 600 });
  await callAs(memberLabel);
  await run(2);
  const [text, ground] = await page.evaluate(() => {
    const told = document.getElementById("told") ?? document.body;
    return [getComputedStyle(told).color, getComputedStyle(document.documentElement).backgroundColor];
  });
  expect(contrast(String(text), String(ground))).toBeGreaterThan(4.5);
});

/** The contrast ratio of two colours, as WCAG 2.2 defines it. */
function contrast(...colours: [string, string]): number {
  const [darker = 0, lighter = 0] = colours
    .map((colour) => {
      const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map((value) => {
        const part = Number(value) / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    })
    .toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

test("the settings' dialog has its style", async () => {
  await page.getByRole("button", { name: "Open settings dialog" }).click();
  await page.getByRole("dialog").getByText("Theme").first().waitFor();
  expect(await page.locator("style").count()).toBe(1);
});

test("everything is within reach of the keyboard, also what comes after an editor", async () => {
  const focus = async (name: string, selector: string): Promise<void> => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      if (await page.locator(`${selector}:focus`).count()) return;
    }
    throw new Error(`40 times Tab do not lead to ${name}.`);
  };
  await focus("the callers", "#caller");
  await page.keyboard.press("m");
  await page.getByText("sends Authorization: Bearer").waitFor();
  await focus("the private query's tab", ".graphiql-tab:nth-child(2) button");
  await page.keyboard.press("Enter");
  await focus("the query's editor", ".graphiql-query-editor textarea");
  expect(await execute(() => page.keyboard.press("Control+Enter"))).toContain(privateText);
  await page.keyboard.press("Escape");
  await focus("the button that runs the query", ".graphiql-execute-button");
  await focus("the Headers pane", "button:text('Headers')");
});

test("the page weighs less than 3 MiB, and says when it was painted", async () => {
  const { bytes, paintedMs, usableMs } = await page.evaluate(() => {
    const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return {
      bytes: entries.reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).transferSize, 0),
      paintedMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      usableMs: performance.getEntriesByName("usable")[0]?.startTime ?? Number.NaN,
    };
  });
  const mib = bytes / 2 ** 20;
  process.stdout.write(
    `IDE: ${mib.toFixed(2)} MiB, first paint after ${paintedMs.toFixed(0)} ms, editor after ${usableMs.toFixed(0)} ms\n`,
  );
  expect(mib).toBeGreaterThan(1);
  expect(mib).toBeLessThan(3);
});
