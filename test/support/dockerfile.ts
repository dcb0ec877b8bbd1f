import { readFileSync } from "node:fs";

/** One line of a Dockerfile, continued ones joined. */
interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** What begins with a FROM. */
export interface ImageStage {
  readonly base: string;
  /** Empty: the last one, which is the image. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** The Dockerfile of this project. */
export const dockerfile: string = readFileSync(new URL("../../deploy/Dockerfile", import.meta.url), "utf8");

/** Reads the stages of a Dockerfile that has neither heredocs nor anything before its first FROM. */
export function readStages(text: string = dockerfile): readonly ImageStage[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n");
  const all = lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { name, text: rest.trim() };
    });
  return all.flatMap(({ name, text: from }, index) => {
    if (name !== "FROM") return [];
    const after = all.slice(index + 1);
    const next = after.findIndex((instruction) => instruction.name === "FROM");
    const [base = "", , stage = ""] = from.split(/\s+/);
    return [{ base, name: stage, instructions: next === -1 ? after : after.slice(0, next) }];
  });
}

/** The texts of a stage's instructions of one kind. */
export function readTexts({ instructions }: ImageStage, name: string): readonly string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** The stage that is the image. */
export function readImage(): ImageStage {
  const image = readStages().at(-1);
  if (image === undefined) throw new Error("The Dockerfile has no stage.");
  return image;
}

/** The command in exec form, `["a", "b"]`, that stands at the end of an instruction. */
export function readCommand(text: string): readonly [string, ...string[]] {
  return JSON.parse(text.slice(text.indexOf("[")));
}

/** The environment that a stage sets. */
export function readEnvironment(stage: ImageStage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readTexts(stage, "ENV")
      .flatMap((text) => text.split(/\s+/))
      .map((pair) => pair.split("=") as [string, string]),
  );
}
