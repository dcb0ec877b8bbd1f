import { existsSync, readdirSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";

const toUrl = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const read = (path: string): string => readFileSync(toUrl(path), "utf8");

const chapter = read("deploy/README.md");
const sources = readdirSync(toUrl("src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => read(`src/${path}`))
  .join("\n");

const failures = readRows("When something fails");
const linked = (text = ""): readonly string[] => [...text.matchAll(/\]\(([^):#]+)\)/g)].map(([, path = ""]) => path);
const quoted = (text = ""): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, words = ""]) => words);

function readRows(heading: string): readonly (readonly string[])[] {
  const section = chapter.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => row.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "")));
}

describe("the operators' chapter", () => {
  test.each(failures)("has a test of this failure: %s", (...row) => {
    expect(row).toHaveLength(5);
    const tests = linked(row.at(-1));
    expect(tests.length).toBeGreaterThan(0);
    for (const path of tests) expect(path).toMatch(/^\.\.\/test\/.*\.test\.ts$/);
  });

  test("has many failures, and among them every one that has a test of its own", () => {
    expect(failures.length).toBeGreaterThan(15);
    const tests = failures.flatMap((row) => linked(row.at(-1)));
    const own = readdirSync(toUrl("test/failures")).filter((name) => name.endsWith(".test.ts"));
    expect(own.filter((name) => !tests.includes(`../test/failures/${name}`))).toEqual([]);
  });

  test.each(failures)("quotes what the log says of it: %s", (...row) => {
    const fragments = quoted(row[2])
      .filter((words) => words.includes(" "))
      .flatMap((words) => words.split("…"))
      .filter((fragment) => fragment !== "");
    expect(fragments.filter((fragment) => !sources.includes(fragment))).toEqual([]);
    if (row[2]?.startsWith("nothing") === false) expect(fragments).not.toEqual([]);
  });

  test("names variables and files that there are", () => {
    const known = Object.keys(parseEnv(read(".env.example")));
    const named = chapter.match(/\b(?:AUTH|LIMIT)_[A-Z_]+\b|\b[A-Z]+_(?:URL|MS|PORT|PROXIES)\b/g) ?? [];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    const files = linked(chapter).map((path) => [path, existsSync(toUrl(`deploy/${path}`))]);
    expect(files).toEqual(files.map(([path]) => [path, true]));
    expect(files.length).toBeGreaterThan(20);
  });

  test("names metrics that there are", () => {
    const ours = new Set(chapter.match(/\bgatehouse_\w+/g));
    expect([...ours].filter((name) => !sources.includes(`"${name}"`))).toEqual([]);
    expect(ours.size).toBeGreaterThan(8);
  });

  test("has whoever stops the server wait for longer than it may take", () => {
    const longestMs = readConfig({}).shutdownTimeoutMs;
    const seconds = [...chapter.matchAll(/(?:--stop-timeout |TimeoutStopSec=)(\d+)/g)].map(([, number]) =>
      Number(number),
    );
    expect(seconds).toHaveLength(2);
    for (const wait of seconds) expect(wait * 1000).toBeGreaterThan(longestMs);
  });
});
