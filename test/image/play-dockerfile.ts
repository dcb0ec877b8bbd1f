import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImageStage, readStages, readTexts } from "../support/dockerfile.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** What a build may see: the ignore file leaves out everything, and then names what is not. */
const context: readonly string[] = readContext();

function readContext(): readonly string[] {
  const lines = readFileSync(new URL("../../deploy/Dockerfile.dockerignore", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const [all, ...kept] = lines.filter((line) => !line.startsWith("#"));
  if (all !== "*" || kept.some((line) => !/^![\w.-]+$/.test(line))) throw new Error("This ignore file is not played.");
  return kept.map((line) => line.slice(1));
}

/**
 * Does what the Dockerfile says, without Docker: a folder for each stage, below `directory`, stands for its file system,
 * COPY copies from folder to folder, and RUN runs on this machine's Node, but for the installation of development
 * dependencies, which are the project's own. Returns the image's working directory. Of flags it knows COPY's --from only.
 */
export function playDockerfile(directory: string): string {
  const workdirs = readStages().map((stage) => playStage(stage, directory));
  const image = workdirs.at(-1);
  if (image === undefined) throw new Error("The Dockerfile has no stage.");
  return image;
}

function playStage(stage: ImageStage, directory: string): string {
  const root = join(directory, stage.name || "image");
  const [workdir = "/"] = readTexts(stage, "WORKDIR");
  const cwd = join(root, workdir);
  mkdirSync(cwd, { recursive: true });
  for (const { name, text } of stage.instructions) {
    if (name === "RUN") runIn(cwd, text);
    if (name === "COPY") copy(text, directory, cwd);
  }
  return cwd;
}

function runIn(cwd: string, command: string): void {
  // What this makes is what it has made in the project already: minutes are saved, and only there is it not done again.
  if (command === "npm ci --ignore-scripts") symlinkSync(join(project, "node_modules"), join(cwd, "node_modules"));
  else execFileSync("/bin/sh", ["-c", command], { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

function copy(text: string, directory: string, cwd: string): void {
  const words = text.split(/\s+/);
  const from = words[0]?.startsWith("--from=") ? words.shift()?.slice("--from=".length) : undefined;
  const to = words.pop() ?? "";
  for (const path of words) {
    if (from === undefined && !context.includes(path)) throw new Error(`${path} is not part of what a build may see.`);
    const source = from === undefined ? join(project, path) : join(directory, from, path);
    // Of a folder COPY takes what is in it, and a file goes into the folder that is named with a slash.
    const target = to.endsWith("/") ? join(cwd, to, posix.basename(path)) : join(cwd, to);
    cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  }
}
