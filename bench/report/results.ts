import { readFile, writeFile } from "node:fs/promises";
import { cpus, release, type } from "node:os";
import type { Timing } from "../compare.ts";
import type { Goal } from "../goals.ts";

/** One run of the whole bench, as it is committed. */
export interface Results {
  /** The day, such as `2025-01-31`. */
  readonly measuredOn: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly request: readonly Timing[];
  readonly large: readonly Timing[];
  readonly goals: readonly Goal[];
}

const file = new URL("../results.json", import.meta.url);

/** What was committed; undefined before the first run. */
export async function readResults(): Promise<Results | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes results down to be committed. Returns them as they are read again: with three digits after the point. */
export async function writeResults(results: Results): Promise<Results> {
  const round = (_key: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toFixed(3)) : value;
  const text = JSON.stringify(results, round, 2);
  await writeFile(file, `${text}\n`);
  return JSON.parse(text);
}

/** What the bench runs on. */
export function describeMachine(): string {
  const [{ model = "unknown" } = {}] = cpus();
  return `${cpus().length} × ${model.trim()}, ${type()} ${release()}, Node ${process.version}`;
}

/** The exact versions of the peers, and of what we are made of. */
export async function readVersions(): Promise<Readonly<Record<string, string>>> {
  const readPackage = async (path: string): Promise<{ dependencies: Record<string, string> }> =>
    JSON.parse(await readFile(new URL(path, import.meta.url), "utf8"));
  const { dependencies } = await readPackage("../peers/package.json");
  return dependencies;
}
