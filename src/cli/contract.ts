import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { assertGuarded } from "../authorization/guard.ts";
import { type Snapshot, toSnapshot } from "../contract/contract.ts";
import { formatContract, parseContract, toJson } from "../contract/contract-text.ts";
import { compareContracts } from "../contract/difference.ts";
import { formatDifferences } from "../contract/difference-text.ts";
import { type Outcome, parseFormat, parseUnmarked, program, schemaOptions, schemaOptionsHelp } from "./command.ts";
import { readSchema } from "./schema-files.ts";

const committedCopy = "schema/authorization.contract.json";

const help = `graphql-gatehouse contract [options]

Prints the authorization contract of a schema: every field and what it requires, all its rules taken together, and where
they are written when that is elsewhere; below it the arguments and input fields that require something.

${schemaOptionsHelp}\
  --check [FILE]    print nothing; exit with 1, and what changed, if FILE is not this contract as JSON
                    (default: ${committedCopy})
`;

/** Prints the contract of a schema, or checks the copy of it that was written down. */
export function runContract(args: readonly string[]): Outcome {
  const { values } = parseArgs({
    args: withDefaultCopy(args),
    options: { ...schemaOptions, check: { type: "string" } },
  });
  if (values.help) return { text: help };
  const format = parseFormat(values.format);
  const { policy } = assertGuarded(readSchema(values.schema, parseUnmarked(values.unmarked)));
  const snapshot = toSnapshot(policy);
  if (values.check !== undefined) return checkCopy(values.check, snapshot);
  const { contract } = snapshot;
  return { text: format === "json" ? toJson(contract) : formatContract(contract, format) };
}

/** `--check` alone means the copy where it usually is. */
function withDefaultCopy(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const isAlone = arg === "--check" && (args[index + 1] ?? "-").startsWith("-");
    return isAlone ? `--check=${committedCopy}` : arg;
  });
}

function checkCopy(file: string, snapshot: Snapshot): Outcome {
  const copy = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (copy === toJson(snapshot.contract)) return { text: "" };
  const mend = `If that is meant, write it down: ${program} --format json > ${file}\n`;
  return { text: "", remark: `${describeDifference(file, copy, snapshot)}\n${mend}`, exitCode: 1 };
}

function describeDifference(file: string, copy: string | undefined, snapshot: Snapshot): string {
  if (copy === undefined) return `${file} is not there.\n`;
  const written = parseContract(copy);
  if (written === undefined) return `${file} is not a contract.\n`;
  const differences = compareContracts({ contract: written, openInputs: new Set() }, snapshot);
  if (differences.some(({ change }) => change !== "same"))
    return `${file} is not what the schema says now:\n\n${formatDifferences(differences, "text")}`;
  const rewritten = differences.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
  const where = rewritten.map(({ coordinate }) => `  ${coordinate}\n`).join("");
  return `${file} is not what the schema says now. Nobody gains or loses anything; the rules are written otherwise:\n\n${where}`;
}
