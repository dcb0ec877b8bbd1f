import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { run } from "dockerfilelint";
import { describe, expect, onTestFinished, test } from "vitest";
import { dockerfile, readCommand, readEnvironment, readImage, readStages, readTexts } from "../support/dockerfile.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const stages = readStages();
const image = readImage();

describe("the Dockerfile", () => {
  test("is all right to dockerfilelint", () => {
    expect(run(root, dockerfile)).toEqual([]);
    expect(run(root, "FROM node\nUSR 1000\n").map(({ rule }) => rule)).toEqual(["missing_tag", "invalid_command"]);
  });

  test("builds every stage on one base, of a named version of Node that this project supports", () => {
    const bases = new Set(stages.map(({ base }) => base));
    expect([...bases]).toEqual([expect.stringMatching(/^node:(2[0-9])-slim$/)]);
  });

  test("takes by name what it takes from the project, and nothing that may hold secrets", () => {
    const taken = stages
      .flatMap((stage) => readTexts(stage, "COPY"))
      .filter((text) => !text.startsWith("--from="))
      .flatMap((text) => text.split(" ").slice(0, -1));
    for (const path of taken) expect([path, existsSync(`${root}/${path}`)]).toEqual([path, true]);
    expect(new Set(taken)).toEqual(
      new Set(["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json", "src", "schema"]),
    );
  });

  test("puts into the image the dependencies of production, what was built, the schema, and nothing else", () => {
    expect(readTexts(image, "RUN")).toEqual([]);
    expect(readTexts(image, "COPY").map((text) => text.split(" ").at(-1))).toEqual([
      "./node_modules",
      "./dist",
      "./schema",
      "./",
    ]);
    const dependencies = stages.find(({ name }) => name === "dependencies");
    expect(dependencies && readTexts(dependencies, "RUN")).toEqual([
      "npm ci --omit=dev --omit=optional --ignore-scripts",
    ]);
  });

  test("leaves out as optional only TypeScript, which no code of production needs", () => {
    const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, "utf8")) as {
      packages: Record<string, { dev?: true; optional?: true; devOptional?: true }>;
    };
    const left = Object.entries(packages).filter(
      ([, { dev, ...flags }]) => !dev && (flags.optional || flags.devOptional),
    );
    expect(left.map(([path]) => path)).toEqual(["node_modules/typescript"]);
  });

  test("runs as a user that is not root, by number, and for whom nothing was made writable", () => {
    expect(readTexts(image, "USER")).toEqual(["1000"]);
    expect(dockerfile).not.toMatch(/--chown|--chmod|chown |chmod /);
  });

  test("starts node itself, for production, and tells it to stop with a signal that it knows", () => {
    expect(readCommand(readTexts(image, "CMD")[0] ?? "")).toEqual(["node", "dist/main.js"]);
    expect(readTexts(image, "ENTRYPOINT")).toEqual([]);
    expect(readTexts(image, "STOPSIGNAL")).toEqual(["SIGTERM"]);
    expect(readEnvironment(image)).toEqual({ NODE_ENV: "production", HOST: "0.0.0.0" });
    expect(readTexts(image, "EXPOSE")).toEqual(["4000"]);
  });
});

describe("HEALTHCHECK", () => {
  /** How the command ends beside a server that answers so. */
  async function check(answer: RequestListener): Promise<number | null> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    onTestFinished(() => void server.closeAllConnections());
    onTestFinished(() => void server.close());
    await once(server, "listening");
    return checkAt((server.address() as AddressInfo).port);
  }

  async function checkAt(port: number): Promise<number | null> {
    const [text = ""] = readTexts(image, "HEALTHCHECK");
    const [command, ...parameters] = readCommand(text);
    expect(command).toBe("node");
    const child = spawn(process.execPath, parameters, { env: { PORT: String(port) }, stdio: "ignore" });
    const [code] = await once(child, "close");
    return code;
  }

  test("says that a server is well that answers /health/live with 200, and no other", async () => {
    expect(
      await check((request, response) => response.writeHead(request.url === "/health/live" ? 200 : 404).end()),
    ).toBe(0);
    expect(await check((_, response) => response.writeHead(503).end())).toBe(1);
    expect(await check((request) => request.socket.destroy())).toBe(1);
  });

  test("says that a server is not well that does not listen", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    expect(await checkAt(port)).toBe(1);
  });

  test("has a time limit, for a server that does not answer", () => {
    expect(readTexts(image, "HEALTHCHECK")).toEqual([
      expect.stringMatching(/^--interval=10s --timeout=3s --retries=3 CMD /),
    ]);
  });
});
