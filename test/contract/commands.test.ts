import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pairs } from "./pairs.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-contract-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in the folder; arguments are separated by spaces unless they are given one by one. */
function contract(...args: string[]): Promise<Printed> {
  const command = [join(root, "node_modules/tsx/dist/cli.mjs"), join(root, "src/cli/main.ts"), "contract", ...args];
  const { npm_lifecycle_event: _, ...env } = process.env;
  return run(process.execPath, command, { cwd: folder, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Printed) => ({ code, stdout, stderr }),
  );
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(join(folder, file, ".."), { recursive: true });
  await writeFile(join(folder, file), text);
}

const git = (...args: string[]): Promise<unknown> =>
  run("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd: folder });

describe("contract diff", () => {
  test.each(pairs)("prints what changed, and exits by it: $title", async ({ before, after, printed, exitCode }) => {
    await write("old.graphql", before);
    await write("new.graphql", after);
    const { code, stdout, stderr } = await contract("diff", "old.graphql", "new.graphql");
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: printed.slice(1) });
    expect(stderr.includes("--allow-weaker")).toBe(exitCode === 1);
  });

  test("allows what is named, each by itself", async () => {
    await write("old.graphql", "type Query { a(x: Int @auth): Int @auth }");
    await write("new.graphql", "type Query { a(x: Int): Int }");
    const one = await contract("diff", "old.graphql", "new.graphql", "--allow-weaker", "Query.a");
    expect(one.code).toBe(1);
    expect(one.stderr).toContain("If that is meant: --allow-weaker 'Query.a(x:)'\n");
    const both = ["--allow-weaker", "Query.a", "--allow-weaker", "Query.a(x:)", "--format", "json"];
    const { code, stdout } = await contract("diff", "old.graphql", "new.graphql", ...both);
    expect(code).toBe(0);
    const authenticated = (coordinate: string): unknown => {
      const from = [{ coordinate, access: "authenticated" }];
      return {
        coordinate,
        change: "newly-public",
        before: { access: "authenticated", from },
        after: { access: "public" },
      };
    };
    expect(JSON.parse(stdout)).toEqual([authenticated("Query.a"), authenticated("Query.a(x:)")]);
  });

  test("compares with a git revision, and with a contract that was written down", async () => {
    await write("repository/schema/a.graphql", "type Query { a: Int @auth }");
    await write("repository/schema/b.graphql", "extend type Query { b: Int @auth }");
    folder = join(folder, "repository");
    try {
      await git("init", "--quiet", "--initial-branch", "main");
      await git("add", ".");
      await git("commit", "--quiet", "--message", "One");
      const { stdout: written } = await contract("--format", "json");
      await write("schema/b.graphql", "extend type Query { b: Int }");
      await write("old.json", written);
      const weaker = "newly-public  Query.b  any valid access token → public\n\n1 newly-public\n";
      expect(await contract("diff", "--base", "main")).toMatchObject({ code: 1, stdout: weaker });
      expect(await contract("diff", "--base", "main", "--schema", "schema")).toMatchObject({ code: 1, stdout: weaker });
      expect(await contract("diff", "--base", "main", "--schema", "none")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("There is no schema file none"),
      });
      expect(await contract("diff", "old.json", "schema")).toMatchObject({ code: 1, stdout: weaker });
      expect(await contract("diff", "--base", "nowhere")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("no git revision nowhere"),
      });
      expect(await contract("diff", "--base", "--help")).toMatchObject({ code: 1, stdout: "" });
      expect(await contract("diff", "schema", "old.json")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("NEW must be schema files"),
      });
    } finally {
      folder = join(folder, "..");
    }
  });

  test("points at what some callers gain and some lose", async () => {
    await write("old.graphql", 'type Query { a: Int @requiresScope(scopes: "one") }');
    await write("new.graphql", 'type Query { a: Int @requiresScope(scopes: "two") }');
    const { code, stdout, stderr } = await contract("diff", "old.graphql", "new.graphql");
    expect([code, stdout]).toEqual([0, "other  Query.a  one → two\n\n1 other\n"]);
    expect(stderr).toContain("Some callers gain what is other, and some lose it");
  });

  test("says which side cannot be read", async () => {
    await write("old.graphql", "type Query { a: Int }");
    await write("new.graphql", "type Query { a: Int");
    const { code, stderr } = await contract("diff", "old.graphql", "new.graphql");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^new\.graphql: .*Syntax Error.*new\.graphql:1/s)]);
    expect((await contract("diff", "old.graphql")).stderr).toContain("needs OLD and NEW, or --base");
  });
});

describe("contract --check", () => {
  test("says what changed, and not the whole contract", async () => {
    await write("schema/api.graphql", "type Query { a: Int @auth, b: T } type T @auth { c: Int }");
    const { stdout } = await contract("--format", "json");
    await write("schema/authorization.contract.json", stdout);
    expect(await contract("--check")).toEqual({ code: 0, stdout: "", stderr: "" });

    await write("schema/api.graphql", "type Query { a: Int, b: T } type T @auth { c: Int }");
    const changed = await contract("--check", "schema/authorization.contract.json");
    expect(changed).toEqual({
      code: 1,
      stdout: "",
      stderr: `schema/authorization.contract.json is not what the schema says now:

newly-public  Query.a  any valid access token → public

1 newly-public

If that is meant, write it down: npx graphql-gatehouse contract --format json > schema/authorization.contract.json
`,
    });

    await write(
      "schema/api.graphql",
      "type Query { a: Int @auth, b: T } type T { c: Int @auth } extend type Query @auth",
    );
    expect((await contract("--check")).stderr).toContain(
      "Nobody gains or loses anything; the rules are written otherwise:\n\n  Query.a\n  Query.b\n  T.c\n",
    );
    expect((await contract("--check", "none.json")).stderr).toContain("none.json is not there.");
    expect((await contract("--check", "schema/api.graphql")).stderr).toContain("is not a contract.");
  });
});

describe("contract explain", () => {
  test("says what an operation needs, and what a caller gets", async () => {
    await write(
      "api.graphql",
      'type Query { a: Int, b(x: Int @auth): Int @requiresScope(scopes: [["s", "t"], ["u"]]) }',
    );
    await write("operation.graphql", "query One($x: Int) { a b(x: $x) } query Two { a }");
    const explain = (...args: string[]): Promise<Printed> =>
      contract("explain", "operation.graphql", "--schema", "api.graphql", ...args);
    expect((await explain("--operation", "One", "--scopes", "s v")).stdout).toBe(`\
field  coordinate   requires                this caller gets
a      Query.a      public                  data
b      Query.b      s and t, or u           refused: insufficient_scope
       Query.b(x:)  any valid access token

For all of it: s and t, or u.

This caller gets a part of it: status 200, with 1 of 2 fields refused.
`);
    const json = await explain("--operation", "One", "--anonymous", "--variables", "{}", "--format", "json");
    expect(JSON.parse(json.stdout)).toEqual({
      requires: { access: "scopes", scopes: [["s", "t"], ["u"]] },
      status: 200,
      fields: [
        { path: "a", coordinate: "Query.a", requires: [], answer: "data" },
        {
          path: "b",
          coordinate: "Query.b",
          requires: [{ coordinate: "Query.b", access: "scopes", scopes: [["s", "t"], ["u"]] }],
          answer: "refused",
        },
      ],
    });
    expect((await explain("--operation", "Two")).stdout).toContain("For all of it: public.");
    for (const [args, problem] of [
      [[], "Choose an operation with --operation: One, Two."],
      [["--operation", "One", "--variables", "[]"], "--variables must be a JSON object"],
      [["--operation", "One", "--variables", '{"x":"no"}'], 'Variable "$x" got invalid value "no"'],
      [["--anonymous", "--scopes", "a"], "choose one"],
    ] as const) {
      expect(await explain(...args)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(problem) });
    }
    await write("operation.graphql", "{ a }");
    expect((await explain("--operation", "Foo")).stderr).toBe(
      "The file's operation has no name: leave --operation out.\n",
    );
    await write("operation.graphql", "fragment F on Query { a }");
    expect((await explain()).stderr).toContain('Fragment "F" is never used');
    await write("operation.graphql", "{ c }");
    expect((await explain()).stderr).toContain('Cannot query field "c" on type "Query"');
  });
});

test("a comment that speaks of the directives does not define them", async () => {
  await write("spoken.graphql", "# By the directive @requiresScope of the library.\ntype Query { a: Int @auth }");
  expect(await contract("--schema", "spoken.graphql")).toMatchObject({
    code: 0,
    stdout: "Query.a  any valid access token\n",
  });
});

test("every command has --help", async () => {
  for (const args of [[], ["diff"], ["explain"]]) {
    const { code, stdout } = await contract(...args, "--help");
    expect([code, stdout]).toEqual([0, expect.stringContaining("graphql-gatehouse contract")]);
    expect(stdout).toContain("--format FORMAT   text, markdown or json");
  }
});
