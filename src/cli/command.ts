import type { Unmarked } from "../authorization/directives.ts";

/** What a command prints, and what it exits with. */
export interface Outcome {
  readonly text: string;
  /** For people beside it, on the standard error. */
  readonly remark?: string;
  readonly exitCode?: 0 | 1;
}

/** The options that every subcommand has. */
export const schemaOptions = {
  schema: { type: "string", default: "schema/*.graphql" },
  unmarked: { type: "string", default: "public" },
  format: { type: "string", default: "text" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** How they are explained. */
export const schemaOptionsHelp = `\
  --schema FILES    the schema's files: one, a folder, or * for any part of a file's name, in quotes
                    (default: schema/*.graphql)
  --format FORMAT   text, markdown or json (default: text)
  --unmarked WHAT   public, authenticated or refuse: what authDirectives is told of root fields without a rule
                    (default: public)
  --help            this text
`;

/** How this program was called, for those who are to call it again. */
export const program: string =
  process.env["npm_lifecycle_event"] === "contract" ? "npm run --silent contract --" : "npx graphql-gatehouse contract";

export type Format = "text" | "markdown" | "json";

/** What `--format` says. */
export function parseFormat(value: string): Format {
  if (value === "text" || value === "markdown" || value === "json") return value;
  throw new Error("--format must be text, markdown or json.");
}

/** What `--unmarked` says. */
export function parseUnmarked(value: string): Unmarked {
  if (value === "public" || value === "authenticated" || value === "refuse") return value;
  throw new Error("--unmarked must be public, authenticated or refuse.");
}
