#!/usr/bin/env node
import { GraphQLError } from "graphql";
import type { Outcome } from "./command.ts";
import { runContract } from "./contract.ts";
import { runDiff } from "./diff.ts";
import { runExplain } from "./explain.ts";

const help = `graphql-gatehouse contract [options]              who gets what, by a schema's rules
graphql-gatehouse contract diff OLD NEW [options]  what changed between two schemas
graphql-gatehouse contract explain FILE [options]  what an operation needs, and what a caller gets of it

Each has --help.
`;

/** Runs a command, or throws an error whose message is for its user. */
function run([command, ...args]: readonly string[]): Outcome {
  if (command === "--help" || command === "-h") return { text: help };
  if (command !== "contract") throw new Error(help);
  if (args[0] === "diff") return runDiff(args.slice(1));
  if (args[0] === "explain") return runExplain(args.slice(1));
  return runContract(args);
}

function toMessage(error: unknown): string {
  // With the place in the file.
  if (error instanceof GraphQLError) return String(error);
  return error instanceof Error ? error.message : String(error);
}

try {
  const { text, remark = "", exitCode = 0 } = run(process.argv.slice(2));
  process.stdout.write(text);
  process.stderr.write(remark);
  process.exitCode = exitCode;
} catch (error) {
  process.stderr.write(`${toMessage(error).trimEnd()}\n`);
  process.exitCode = 1;
}
