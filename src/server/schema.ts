import { readdirSync, readFileSync } from "node:fs";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { type GraphQLSchema, parse, Source } from "graphql";
import { authDirectives } from "../authorization/guard.ts";
import { assertNoLostRules } from "../authorization/lost-rules.ts";
import { PolicyError } from "../authorization/policy.ts";
import { resolvers } from "../messages/resolvers.ts";
import { recordRefusal } from "./request-record.ts";

/** Where this API's schema files are; the same from `src` and from `dist`. */
const schemaDirectory = new URL("../../schema/", import.meta.url);

/** The files of `schema/` are not a valid schema; `message` says why and, of a syntax error, where. */
export class SchemaError extends Error {
  override readonly name: string = "SchemaError";
}

/**
 * Builds this API's schema from all files of `schema/`, with every rule in it enforced.
 * Throws a `SchemaError` or a `PolicyError`.
 */
export function createSchema(): GraphQLSchema {
  const files = readdirSync(schemaDirectory).filter((name) => name.endsWith(".graphql"));
  return authDirectives({ describe: true, onRefusal: recordRefusal }).transformer(buildSchema(files.toSorted()));
}

function buildSchema(files: readonly string[]): GraphQLSchema {
  try {
    const sources = files.map(
      (name) => new Source(readFileSync(new URL(name, schemaDirectory), "utf8"), `schema/${name}`),
    );
    const typeDefs = sources.map((source) => parse(source));
    assertNoLostRules(typeDefs);
    return makeExecutableSchema({ typeDefs, resolvers });
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    throw new SchemaError(`The schema in schema/*.graphql is not valid.\n${String(error)}`, { cause: error });
  }
}
