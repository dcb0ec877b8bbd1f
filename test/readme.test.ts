import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { createRefusal, type RefusalReason, toStatus } from "../src/errors.ts";
import { createSchema } from "../src/server/schema.ts";

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
const readme = read("README.md");
const manifest = JSON.parse(read("package.json"));

const operators = read("deploy/README.md");

/** The rows of the table below a heading, as cells. */
function readTable(heading: string, page: string = readme): readonly (readonly string[])[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const quoted = (text = ""): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].flatMap(([, name]) => name ?? []);

/** Variables whose default cannot be written as a value. */
const inWords = [
  "PUBLIC_URL",
  "CLIENT_ORIGIN_URL",
  "AUTH_ISSUER",
  "AUTH_AUDIENCE",
  "AUTH_JWKS_URI",
  "AUTH_CLIENT_ID",
  "AUTH_CLIENT_KEY",
  "AUTH_ALGORITHMS",
  "IDE_CLIENT_ID",
  "METRICS_PORT",
  "CACHE_URL",
  "TRUSTED_PROXIES",
];

describe("the README", () => {
  test("names every environment variable once, with the defaults of .env.example", () => {
    const example = parseEnv(read(".env.example"));
    const rows = [...readTable("Configuration"), ...readTable("Configuration", operators)];
    const names = rows.flatMap(([name]) => quoted(name));
    expect(names.toSorted()).toEqual(Object.keys(example).toSorted());
    const literal = rows.filter(([name = ""]) => !inWords.some((variable) => quoted(name).includes(variable)));
    expect(literal.map(([name, , given]) => [name, quoted(given)])).toEqual(
      literal.map(([name]) => [name, quoted(name).map((variable) => example[variable])]),
    );
    expect(literal.length).toBe(rows.length - inWords.length);
  });

  test("has the table of refusals as they are", () => {
    const rows = readTable("Refusals").map(([, code = "", reason = "", status]) => [
      quoted(code)[0],
      quoted(reason)[0],
      status,
    ]);
    const reasons = rows.map(([, reason]) => reason as RefusalReason);
    expect(rows).toEqual(
      reasons.map((reason) => [createRefusal(reason).code, reason, String(toStatus(createRefusal(reason)))]),
    );
    expect(new Set(reasons).size).toBe(9);
  });

  test("says of every place where a directive may stand what it guards there", () => {
    const places = readTable("What a rule guards").map(([place = ""]) => place);
    expect(places.join(", ")).toBe(
      "a field, an object, an interface's field, an interface, a union, a scalar, an enum, an argument, an input field",
    );
    const { locations } = createSchema().getDirective("requiresScope") ?? {};
    expect(locations).toHaveLength(places.join(", ").split(", ").length - 1); // a field of an object or an interface
  });

  test("names the runtime dependencies, all and only", () => {
    const names = readTable("Dependencies").flatMap(([name]) => quoted(name));
    const runtime = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
    expect(names.toSorted()).toEqual(runtime.toSorted());
  });

  test("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\(([^):]+)\)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
    expect(links.length).toBeGreaterThan(15);
  });

  test("names commands that exist", () => {
    const scripts = [...readme.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name);
    expect(scripts.filter((name) => manifest.scripts[name ?? ""] === undefined)).toEqual([]);
    expect(scripts.length).toBeGreaterThan(8);
  });

  test("quotes the page as it is: how it renews a token, and what it makes of a refusal", () => {
    const [, quote = ""] = readme.split("documents that `npm run codegen` types")[1]?.split(/```ts\n|```\n/) ?? [];
    const withoutIndentation = (code: string): string => code.replaceAll(/^ +/gm, "").trim();
    const [renewal = "", refusal = "", ...more] = quote.split("\n\n").map(withoutIndentation);
    expect([renewal.split("\n").length, refusal.split("\n").length, more]).toEqual([5, 11, []]);
    expect(withoutIndentation(read("test/browser/page/client.ts"))).toContain(renewal);
    expect(withoutIndentation(read("test/browser/page/main.ts"))).toContain(refusal);
  });

  test("has no more than 200 lines", () => {
    expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(200);
  });
});
