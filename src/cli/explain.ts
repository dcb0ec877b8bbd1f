import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  Source,
  validate,
} from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import { assumeEveryBranch, assumeSelected, assumeVariables } from "../contract/assumed-variables.ts";
import { toJson } from "../contract/contract-text.ts";
import { explainOperation } from "../contract/explanation.ts";
import { formatExplanation, toReport } from "../contract/explanation-text.ts";
import { anonymous, authenticatedAs } from "../testing.ts";
import { type Outcome, parseFormat, parseUnmarked, schemaOptions, schemaOptionsHelp } from "./command.ts";
import { readSchema } from "./schema-files.ts";

const help = `graphql-gatehouse contract explain FILE [options]

Says of the operation in FILE what it requires, field by field and with the guarded arguments that it provides; and of a
caller, what it would get. Decided by what guards the server, with nothing executed.

${schemaOptionsHelp}\
  --anonymous       the caller has no access token
  --scopes "a b"    the caller has a valid access token with these scopes, separated by spaces; "" is none
  --variables JSON  the operation's variables (default: all of them are given, with everything in them, and nothing is
                    left out by @skip and @include: the most that it can ask for)
  --operation NAME  which operation, where FILE has several
`;

/** Says what an operation needs, and what a caller gets of it. */
export function runExplain(args: readonly string[]): Outcome {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...schemaOptions,
      anonymous: { type: "boolean", default: false },
      scopes: { type: "string" },
      variables: { type: "string" },
      operation: { type: "string" },
    },
  });
  if (values.help) return { text: help };
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new Error(`contract explain needs one file.\n\n${help}`);
  const format = parseFormat(values.format);
  const caller = parseCaller(values);
  const read = readSchema(values.schema, parseUnmarked(values.unmarked));
  const written = readDocument(file, read);
  const given = values.variables === undefined ? undefined : parseVariables(values.variables);
  const schema = given === undefined ? assumeEveryBranch(read) : read;
  const document = given === undefined ? assumeSelected(written) : written;
  const operation = findOperation(document, values.operation);
  const variables = given ?? assumeVariables(schema, operation);
  const explanation = explainOperation({ schema, document, operation, variables, caller: caller ?? anonymous() });
  const isAnswered = caller !== undefined;
  return {
    text:
      format === "json"
        ? toJson(toReport(explanation, isAnswered))
        : formatExplanation(explanation, isAnswered, format),
  };
}

interface CallerOptions {
  readonly anonymous: boolean;
  readonly scopes?: string | undefined;
}

function parseCaller({ anonymous: isAnonymous, scopes }: CallerOptions): Authentication | undefined {
  if (isAnonymous && scopes !== undefined) throw new Error("--anonymous and --scopes are two callers: choose one.");
  if (isAnonymous) return anonymous();
  return scopes === undefined ? undefined : authenticatedAs({ scopes: scopes.split(" ").filter((scope) => scope) });
}

function readDocument(file: string, schema: GraphQLSchema): DocumentNode {
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`);
  const document = parse(new Source(readFileSync(file, "utf8"), file));
  const errors = validate(schema, document);
  if (errors.length > 0) throw new Error(errors.map(String).join("\n\n"));
  return document;
}

function findOperation({ definitions }: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const found = operations.filter((operation) => name === undefined || operation.name?.value === name);
  const [operation] = found;
  if (operation !== undefined && found.length === 1) return operation;
  if (operations.length === 0) throw new Error("The file has no operation.");
  const names = operations.flatMap((one) => one.name?.value ?? []);
  if (names.length === 0) throw new Error("The file's operation has no name: leave --operation out.");
  throw new Error(`Choose an operation with --operation: ${names.join(", ")}.`);
}

function parseVariables(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, as for any other JSON.
  }
  throw new Error('--variables must be a JSON object, as {"id": "1"}.');
}
