import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

const source = (file: string): string => fileURLToPath(new URL(`../src/${file}`, import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
/** Where the processes run: a place without a .env file. */
const cwd = tmpdir();
const run = promisify(execFile);

let env: Record<string, string | undefined>;
let child: ChildProcess;
let output = "";

/** What `npm start` starts, with the local provider and no other environment than its ports. */
beforeAll(async () => {
  env = { PATH: process.env["PATH"], PORT: await findPort(), LOCAL_PROVIDER_PORT: await findPort() };
  child = spawn(process.execPath, ["--import", tsx, source("main.ts")], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
  await vi.waitFor(() => expect(output).toContain("More tokens:"), { timeout: 60_000 });
});
afterAll(async () => {
  child.kill();
  await once(child, "exit");
});

async function findPort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return String(typeof address === "object" && address?.port);
}

/** Runs the token command; its output, or what it says on failing. */
async function token(...args: string[]): Promise<string> {
  const all = ["--import", tsx, source("cli/token.ts"), ...args];
  const ran = run(process.execPath, all, { cwd, env });
  return ran.then(
    ({ stdout }) => stdout,
    ({ stderr }) => `failed: ${stderr}`,
  );
}

/** The output without its log lines, which are written on their own time where no terminal is. */
const printedForPeople = (): string =>
  output
    .split("\n")
    .filter((line) => !line.startsWith("{"))
    .join("\n");

async function ask(query: string, accessToken: string): Promise<number> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${accessToken.trim()}` };
  const body = JSON.stringify({ query });
  return (await fetch(`http://127.0.0.1:${env["PORT"]}/graphql`, { method: "POST", headers, body })).status;
}

const readClaims = (jwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());

test("the start says where everything is and that it takes this port's tokens", () => {
  expect(output).toContain(`API                http://127.0.0.1:${env["PORT"]}/graphql`);
  expect(output).toContain(`IDE                http://127.0.0.1:${env["PORT"]}/`);
  expect(output).toContain(`Identity provider  http://127.0.0.1:${env["LOCAL_PROVIDER_PORT"]}`);
  expect(output).toContain(`LOCAL_PROVIDER_PORT=${env["LOCAL_PROVIDER_PORT"]} npm run token -- --scope`);
  expect(output).not.toContain("WARNING");
  // The answers that are shown were asked for by the server itself.
  expect(output.match(/^\{.*$/gm)).toEqual([expect.stringContaining("Server listening")]);
});

test("what the start prints is what the README shows, but for ports and tokens", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, shown = ""] = readme.split(/```\n(?=graphql-gatehouse is running)|(?<=read:admin-messages"\n)```/);
  const text = printedForPeople();
  const printed = text
    .slice(text.indexOf("graphql-gatehouse is running"))
    .replaceAll(`:${env["PORT"]}`, ":4000")
    .replaceAll(`:${env["LOCAL_PROVIDER_PORT"]}`, ":4001")
    .replace(/LOCAL_PROVIDER_PORT=\d+ /, "")
    .replaceAll(/eyJhbGciOi[\w.-]+/g, "eyJhbGciOi…");
  expect(printed).toBe(shown);
});

test("each printed command, pasted, gives the answer that is printed below it", async () => {
  const commands = [...output.matchAll(/^ {2}curl -sS (\S+) (.*) -d '(.*)'\n {2}answers: (.*)$/gm)];
  expect(commands).toHaveLength(3);
  for (const [, url = "", options = "", body = "", answer = ""] of commands) {
    const headers = [...options.matchAll(/-H '([^:]+): ([^']*)'/g)].map(
      ([, name = "", value = ""]): [string, string] => [name, value],
    );
    const response = await fetch(url, { method: "POST", headers, body });
    expect((await response.text()).trim()).toBe(answer);
    expect(JSON.parse(answer).errors).toBeUndefined();
  }
});

test("the IDE's page gets tokens of each kind of caller", async () => {
  const url = `http://127.0.0.1:${env["PORT"]}`;
  const headers = { "content-type": "application/json", origin: url };
  const get = async (caller: string): Promise<string> => {
    const response = await fetch(`${url}/ide/token`, { method: "POST", headers, body: JSON.stringify({ caller }) });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const [member, admin] = [await get("member"), await get("admin")];
  expect(await ask("{ privateMessage { message } }", member)).toBe(200);
  expect(await ask("{ adminMessage { message } }", member)).toBe(403);
  expect(await ask("{ adminMessage { message } }", admin)).toBe(200);
  // It is not offered to people; the log, which is not for them, has a line of every request.
  expect(printedForPeople()).not.toContain("/ide/token");
  for (const secret of [member, admin]) expect(output).not.toContain(secret);
});

describe("the token command", () => {
  test("prints one token that the API takes, with the scopes asked for", async () => {
    const printed = await token("--scope", "read:admin-messages other:scope", "--expires-in", "60");
    expect(printed.trim().split("\n")).toHaveLength(1);
    const { scope, iat, exp } = readClaims(printed);
    expect([scope, Number(exp) - Number(iat)]).toEqual(["read:admin-messages other:scope", 60]);
    expect(await ask("{ adminMessage { message } }", printed)).toBe(200);
    expect(await ask("{ adminMessage { message } }", await token())).toBe(403);
  });

  test("prints an opaque token, which an API that checks JWTs does not take", async () => {
    const printed = await token("--opaque");
    expect(printed.trim()).toMatch(/^[\w-]{43}$/);
    expect(await ask("{ privateMessage { message } }", printed)).toBe(401);
  });

  test.each([
    [["--help"], /^Prints one access token/],
    [["--expires-in", "soon"], /^failed: --expires-in must be a whole number of seconds/],
    [["--colour"], /^failed: Unknown option '--colour'/],
    [["--scope", 'a"b'], /^failed: No token from http:\/\/127\.0\.0\.1:\d+\. Is the local provider running/],
  ])("with %j says in words what is the matter", async (args, text) => {
    expect(await token(...args)).toMatch(text);
  });

  test("says so when there is no local provider to ask", async () => {
    const own = { ...env, AUTH_ISSUER: "https://tenant.example.com/", AUTH_AUDIENCE: "api" };
    const failed = run(process.execPath, ["--import", tsx, source("cli/token.ts")], { cwd, env: own });
    await expect(failed).rejects.toThrow("there is no local one to ask");
  });
});
