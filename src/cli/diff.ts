import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Unmarked } from "../authorization/directives.ts";
import { assertGuarded } from "../authorization/guard.ts";
import { type Snapshot, toSnapshot } from "../contract/contract.ts";
import { parseContract, toJson } from "../contract/contract-text.ts";
import { compareContracts, isWeakening } from "../contract/difference.ts";
import { formatDifferences } from "../contract/difference-text.ts";
import { type Outcome, parseFormat, parseUnmarked, schemaOptions, schemaOptionsHelp } from "./command.ts";
import { readSchema, readSchemaAt } from "./schema-files.ts";

const help = `graphql-gatehouse contract diff OLD NEW [options]
graphql-gatehouse contract diff --base REVISION [NEW] [options]

Says of every field, guarded argument and guarded input field what became of who gets it: newly-public, weaker (some
gain it), other (some gain it and some lose it), stronger (some lose it), new-guarded, removed or same; by what the
requirements mean, not by how they are written. Exits with 1 if anything is newly-public or weaker.

OLD and NEW are schema files as for --schema; OLD may also be a contract as JSON.

${schemaOptionsHelp}\
  --base REVISION   OLD is what --schema names at this revision of the git repository, and NEW what it names now
  --allow-weaker COORDINATE
                    this one may be newly-public or weaker, as Query.users or 'Query.users(all:)'; repeatable

As JSON it is an array of { coordinate, change, before, after }, with what is the same.
`;

/** Says what changed between two contracts. */
export function runDiff(args: readonly string[]): Outcome {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...schemaOptions,
      base: { type: "string" },
      "allow-weaker": { type: "string", multiple: true, default: [] },
    },
  });
  if (values.help) return { text: help };
  const { base, schema } = values;
  const [format, unmarked] = [parseFormat(values.format), parseUnmarked(values.unmarked)];
  if (positionals.length !== 2 && (base === undefined || positionals.length > 1))
    throw new Error(`contract diff needs OLD and NEW, or --base; patterns with * in quotes.\n\n${help}`);
  const [old = "", now = schema] = base === undefined ? positionals : ["", ...positionals];
  const before =
    base === undefined
      ? name(old, () => readContract(old) ?? snapshot(readSchema(old, unmarked)))
      : name(base, () => snapshot(readSchemaAt(base, schema, unmarked)));
  const after = name(now, () => readNew(now, unmarked));
  const differences = compareContracts(before, after);
  const weaker = differences
    .filter(({ change, coordinate }) => isWeakening(change) && !values["allow-weaker"].includes(coordinate))
    .map(({ coordinate }) => `--allow-weaker '${coordinate}'`);
  const text = format === "json" ? toJson(differences) : formatDifferences(differences, format);
  if (weaker.length === 0) {
    const isOther = differences.some(({ change }) => change === "other");
    return isOther ? { text, remark: "\nSome callers gain what is other, and some lose it: look at it.\n" } : { text };
  }
  return {
    text,
    remark: `\nMore callers get what is newly-public or weaker. If that is meant: ${weaker.join(" ")}\n`,
    exitCode: 1,
  };
}

/** Says of which side a problem is. */
function name<Value>(side: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new Error(`${side}: ${error instanceof Error ? String(error) : error}`, { cause: error });
  }
}

function snapshot(schema: ReturnType<typeof readSchema>): Snapshot {
  return toSnapshot(assertGuarded(schema).policy);
}

function readNew(file: string, unmarked: Unmarked): Snapshot {
  // What lost its rule could not be told from what is gone.
  if (file.endsWith(".json"))
    throw new Error("NEW must be schema files: a contract does not list the arguments that require nothing.");
  return snapshot(readSchema(file, unmarked));
}

/** A contract that was written down; of one, what is not listed counts as not there. */
function readContract(file: string): Snapshot | undefined {
  if (!file.endsWith(".json")) return undefined;
  if (!existsSync(file)) throw new Error("there is no such file.");
  const contract = parseContract(readFileSync(file, "utf8"));
  if (contract === undefined) throw new Error("this is not a contract, as contract --format json writes it.");
  return { contract, openInputs: new Set() };
}
