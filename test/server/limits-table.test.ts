import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { holdUpEventLoop } from "../support/hold-up.ts";
import { sendRaw } from "../support/raw-request.ts";
import { startServerForTest } from "../support/server.ts";

const text = readFileSync(new URL("../../deploy/README.md", import.meta.url), "utf8");
const [section = ""] = (text.split("\n## Limits\n")[1] ?? "").split("\n## ");
const rows = section
  .split("\n")
  .filter((line) => /^\| [^|-]/.test(line))
  .slice(1)
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")))
  .map(([limit = "", answer, message]) => [limit, answer, message] as const);

const repeat = (count: number, toText: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => toText(index)).join(" ");

type Request = Pick<Parameters<typeof sendRaw>[0], "path" | "lines" | "body">;
const toRequest = (query: string): Request => ({ lines: [], body: JSON.stringify({ query }) });

/** By the table's rows: what exceeds the limit, by as little as can be, and the environment if the default takes too long. */
const excesses: Readonly<Record<string, readonly [Request, Record<string, string>?]>> = {
  "`LIMIT_TOKENS`": [toRequest(`{ a ${repeat(1998, () => "a")} }`)],
  "`LIMIT_DEPTH`": [toRequest(`${"{ a ".repeat(21)}${"}".repeat(21)}`)],
  "`LIMIT_ALIASES`": [toRequest(`{ a { ${repeat(31, (index) => `a${index}: a`)} } }`)],
  "`LIMIT_DIRECTIVES`": [toRequest(`{ ${repeat(51, () => "a @skip(if: true)")} }`)],
  "`LIMIT_ROOT_FIELDS`": [toRequest(`{ ${repeat(21, (index) => `a${index}`)} }`)],
  "a list of operations": [{ lines: [], body: '[{"query":"{ __typename }"}]' }],
  "`LIMIT_BODY_BYTES`": [{ lines: [], body: "{}".padEnd(102_401) }],
  "`LIMIT_HEADERS_MS`, `LIMIT_REQUEST_MS`": [
    { lines: ["Content-Length: 99"], body: "{" },
    { LIMIT_HEADERS_MS: "50", LIMIT_REQUEST_MS: "50" },
  ],
  "headers of 32 KiB": [{ lines: [`X-Long: ${"x".repeat(32 * 1024)}`] }],
  "`LIMIT_REQUESTS_PER_MINUTE`": [toRequest("{ __typename }"), { LIMIT_REQUESTS_PER_MINUTE: "1" }],
  "`LIMIT_EVENT_LOOP_DELAY_MS`": [toRequest("{ __typename }"), { LIMIT_EVENT_LOOP_DELAY_MS: "1" }],
};

test("the table of limits has a row for each", () => {
  expect(rows.map(([limit]) => limit)).toEqual(Object.keys(excesses));
});

test.each(rows)("the answer is in the table of limits: %s", async (limit, answer, message) => {
  const [request, env = {}] = excesses[limit] ?? [];
  const server = await startServerForTest({ issuer: "http://127.0.0.1:1", env });
  if (limit.includes("EVENT_LOOP")) holdUpEventLoop();
  // Some limits are not reached by the first request.
  await vi.waitFor(
    async () => {
      const { status, body } = await sendRaw({ url: server.url, lines: [], ...request });
      const { message: told, extensions } = body.errors?.[0] ?? {};
      expect([`${status} \`${extensions?.code}\``, told]).toEqual([answer, message]);
    },
    { timeout: 30_000 },
  );
});
