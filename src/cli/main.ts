#!/usr/bin/env node
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { parse } from "graphql";
import { formatContract, toContract } from "../authorization/contract.ts";
import type { Unmarked } from "../authorization/directives.ts";
import { authDirectives } from "../authorization/guard.ts";
import { assertNoLostRules } from "../authorization/lost-rules.ts";

const help = `graphql-gatehouse contract [options]

Prints the authorization contract of a schema: every field and what it requires, all its rules taken together.

  --schema FILES    the schema's files; * stands for any part of a file's name (default: schema/*.graphql)
  --format FORMAT   text or json (default: text)
  --unmarked WHAT   public, authenticated or refuse: what authDirectives is told of root fields without a rule
                    (default: public)
  --check FILE      print nothing; exit with 1 if FILE is not this contract as JSON
  --help            this text
`;

/** How this command was called, for those who are to call it again. */
const command =
  process.env["npm_command"] === "run-script" ? "npm run --silent contract --" : "npx graphql-gatehouse contract";

/** Runs the command; returns what it prints, or throws an error whose message is for its user. */
function run(args: string[]): string {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      schema: { type: "string", default: "schema/*.graphql" },
      format: { type: "string", default: "text" },
      unmarked: { type: "string", default: "public" },
      check: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return help;
  if (positionals.length !== 1 || positionals[0] !== "contract") throw new Error(help);
  if (!["text", "json"].includes(values.format)) throw new Error("--format must be text or json.");
  if (!isUnmarked(values.unmarked)) throw new Error("--unmarked must be public, authenticated or refuse.");
  const contract = toContract(readSchema(values.schema, values.unmarked));
  const json = `${JSON.stringify(contract, null, 2)}\n`;
  if (values.check === undefined) return values.format === "json" ? json : formatContract(contract);
  if (existsSync(values.check) && readFileSync(values.check, "utf8") === json) return "";
  throw new Error(
    `${values.check} is not what the schema says now. Look at who gets what:\n\n${formatContract(contract)}\n` +
      `If that is meant, write it down: ${command} --format json > ${values.check}`,
  );
}

function isUnmarked(value: string): value is Unmarked {
  return ["public", "authenticated", "refuse"].includes(value);
}

function readSchema(pattern: string, unmarked: Unmarked): ReturnType<typeof makeExecutableSchema> {
  const auth = authDirectives({ unmarked });
  const files = findFiles(pattern);
  if (files.length === 0) throw new Error(`There is no schema file ${pattern}. Name them with --schema.`);
  const typeDefs = files.map((file) => readFileSync(file, "utf8"));
  // The directives may be in the files, as here, or come from the library.
  const isDefined = typeDefs.some((text) => /directive\s+@requiresScope\b/.test(text));
  assertNoLostRules(typeDefs.map((text) => parse(text)));
  return auth.transformer(makeExecutableSchema({ typeDefs: isDefined ? typeDefs : [auth.typeDefs, ...typeDefs] }));
}

function findFiles(pattern: string): readonly string[] {
  const [folder, name] = [dirname(pattern), basename(pattern)];
  const parts = name.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const matcher = new RegExp(`^${parts.join(".*")}$`);
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => matcher.test(file))
    .toSorted()
    .map((file) => join(folder, file));
}

try {
  process.stdout.write(run(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${(error instanceof Error ? error.message : String(error)).trimEnd()}\n`);
  process.exitCode = 1;
}
