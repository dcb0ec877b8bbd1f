import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { type GraphQLSchema, Kind, parse, Source } from "graphql";
import type { Unmarked } from "../authorization/directives.ts";
import { authDirectives } from "../authorization/guard.ts";
import { assertNoLostRules } from "../authorization/lost-rules.ts";

/** The guarded schema of the files that a pattern names: a file, a folder, or `*` for any part of a file's name. */
export function readSchema(pattern: string, unmarked: Unmarked): GraphQLSchema {
  const isFolder = existsSync(pattern) && statSync(pattern).isDirectory();
  const [folder, name] = isFolder ? [pattern, "*.graphql"] : [dirname(pattern), basename(pattern)];
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = findNames(names, name).map((found) => join(folder, found));
  if (files.length === 0) throw new Error(`There is no schema file ${pattern}.`);
  return buildSchema(
    files.map((file) => new Source(readFileSync(file, "utf8"), file)),
    unmarked,
  );
}

/** The guarded schema that the same files were at a revision of the git repository here. */
export function readSchemaAt(revision: string, pattern: string, unmarked: Unmarked): GraphQLSchema {
  const commit = git(
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
    `There is no git revision ${revision} here. In a shallow clone, fetch it first.`,
  ).trim();
  const [folder, name] = isFolderAt(commit, pattern) ? [pattern, "*.graphql"] : [dirname(pattern), basename(pattern)];
  const path = relative("", folder) || ".";
  const listed = git(["ls-tree", "-z", "--name-only", commit, `${path}/`], `git cannot list ${folder}.`);
  const names = listed.split("\0").map((found) => basename(found));
  const files = findNames(names, name).map((found) => `${path}/${found}`);
  if (files.length === 0) throw new Error(`There is no schema file ${pattern} at ${revision}.`);
  const sources = files.map((file) => {
    return new Source(git(["show", `${commit}:./${file}`], `git cannot show ${file}.`), `${revision}:${file}`);
  });
  return buildSchema(sources, unmarked);
}

function isFolderAt(commit: string, pattern: string): boolean {
  if (pattern.includes("*")) return false;
  const object = `${commit}:./${relative("", pattern)}`;
  return git(["cat-file", "-t", object], `There is no schema file ${pattern} at that revision.`).trim() === "tree";
}

function buildSchema(sources: readonly Source[], unmarked: Unmarked): GraphQLSchema {
  const auth = authDirectives({ unmarked });
  const documents = sources.map((source) => parse(source));
  assertNoLostRules(documents);
  // The directives may be in the files, as here, or come from the library.
  const isDefined = documents.some(({ definitions }) =>
    definitions.some((one) => one.kind === Kind.DIRECTIVE_DEFINITION && one.name.value === "requiresScope"),
  );
  const typeDefs = isDefined ? documents : [parse(auth.typeDefs), ...documents];
  return auth.transformer(makeExecutableSchema({ typeDefs }));
}

function findNames(names: readonly string[], pattern: string): readonly string[] {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const matcher = new RegExp(`^${parts.join(".*")}$`);
  return names.filter((name) => matcher.test(name)).toSorted();
}

function git(args: readonly string[], problem: string): string {
  try {
    const options = { encoding: "utf8", stdio: "pipe", maxBuffer: 2 ** 28 } as const;
    return execFileSync("git", args, options);
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
}
