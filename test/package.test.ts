import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audience, startProvider, type TestProvider } from "./support/provider.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));
const bin = (name: string): string => join(root, "node_modules/.bin", name);

let project: string;
let tarball: string;
let provider: TestProvider;

/** An empty project with the packed package in it, and beside it only what that may depend on. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "gatehouse-"));
  const copy = join(project, "copy");
  // Packed in a copy: packing builds, and somebody may be running what is in dist.
  for (const name of [
    "package.json",
    "README.md",
    "LICENSE",
    "tsconfig.json",
    "tsconfig.build.json",
    "src",
    "schema",
  ]) {
    await cp(join(root, name), join(copy, name), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  const packed = await run("npm", ["pack", "--json", "--silent", "--pack-destination", project], { cwd: copy });
  tarball = join(project, JSON.parse(packed.stdout.slice(packed.stdout.indexOf("[")))[0].filename);
  const home = join(project, "node_modules/graphql-gatehouse");
  await mkdir(home, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", home, "--strip-components=1"]);
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), ...Object.keys(peerDependencies), "@types/node", "undici-types"]) {
    await mkdir(join(project, "node_modules", name, ".."), { recursive: true });
    await symlink(join(root, "node_modules", name), join(project, "node_modules", name));
  }
  provider = await startProvider();
});
afterAll(async () => {
  await provider?.stop();
  await rm(project, { recursive: true });
});

/** The README's lines for a server of one's own, with this test's provider and a free port. */
async function readExample(): Promise<string> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [, section = ""] = readme.split("## Use it as a library");
  const [, code = ""] = section.split(/```ts\n|```\n/);
  return code
    .replace("https://tenant.auth0.com/", provider.issuer)
    .replace("https://api.example.com", audience)
    .replace("startStandaloneServer(server, {", "startStandaloneServer(server, { listen: { port: 0 },");
}

test("the README's lines type-check under strict TypeScript and guard an API under plain Node", async () => {
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
  await writeFile(join(project, "server.ts"), await readExample());
  await writeFile(
    join(project, "server.test.ts"),
    `import type { GraphQLSchema } from "graphql";
     import { anonymous, authenticatedAs, contractTests } from "graphql-gatehouse/testing";
     import type { AuthContext } from "graphql-gatehouse";
     export const contexts: AuthContext[] = [{ authentication: anonymous() }, { authentication: authenticatedAs({ scopes: ["a"] }) }];
     export const testApi = (schema: GraphQLSchema): void => contractTests(schema);\n`,
  );
  const strict = [
    "--strict",
    "--exactOptionalPropertyTypes",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--types",
    "node",
  ];
  const { stdout } = await run(bin("tsc"), [...strict, "server.ts", "server.test.ts"], { cwd: project }).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe("");

  const server = spawn(process.execPath, ["server.js"], { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = await once(server.stdout, "data");
    const url = String(line).match(/http:\S+/)?.[0] ?? "";
    const ask = async (token?: string): Promise<unknown> => {
      const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
      const body = JSON.stringify({ query: "{ secret }" });
      const response = await fetch(url, { method: "POST", headers, body });
      return [response.status, await response.json()];
    };
    expect(await ask()).toEqual([401, { errors: [expect.objectContaining({ path: ["secret"] })] }]);
    expect(await ask(await provider.getToken("member"))).toEqual([
      200,
      { data: { secret: "For callers with a token." } },
    ]);
  } finally {
    server.kill();
    await once(server, "exit");
  }
});

test("the package's command prints the contract of the project's schema", async () => {
  await mkdir(join(project, "schema"));
  await writeFile(
    join(project, "schema/api.graphql"),
    'type Query { a: Int b: Int @auth c: Int @requiresScope(scopes: [["x", "y"], ["z"]]) }',
  );
  const command = join(project, "node_modules/graphql-gatehouse/dist/cli/main.js");
  const { stdout } = await run(process.execPath, [command, "contract"], { cwd: project });
  expect(stdout).toBe("Query.a  public\nQuery.b  any valid access token\nQuery.c  x and y, or z\n");
  const written = join(project, "contract.json");
  const json = await run(process.execPath, [command, "contract", "--format", "json"], { cwd: project });
  await writeFile(written, json.stdout);
  const check = (): Promise<unknown> =>
    run(process.execPath, [command, "contract", "--check", written], { cwd: project });
  await check();
  await writeFile(written, json.stdout.replace("authenticated", "public"));
  await expect(check()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is not what the schema says now"),
  });
  const { stdout: help } = await run(process.execPath, [command, "contract", "--help"], { cwd: project });
  expect(help).toContain("--check [FILE]");
});

test("the package is what publint and arethetypeswrong call right", async () => {
  const publint = await run(bin("publint"), ["run", "--strict", tarball], { cwd: root });
  expect(publint.stdout).toContain("All good!");
  const types = await run(bin("attw"), [tarball, "--profile", "esm-only", "--format", "ascii", "--no-emoji"], {
    cwd: root,
  });
  expect(types.stdout.match(/node16 \(from ESM\): OK \(ESM\)/g)).toHaveLength(2);
});

test("the package holds neither tests nor the local provider", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout.trim().split("\n");
  expect(files).toContain("package/dist/index.d.ts");
  expect(
    files.filter((file) => /test\/|local-provider|\.test\.|\.env|\.ts$/.test(file) && !file.endsWith(".d.ts")),
  ).toEqual([]);
});
