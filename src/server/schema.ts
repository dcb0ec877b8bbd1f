import { readdirSync, readFileSync } from "node:fs";
import { makeExecutableSchema } from "@graphql-tools/schema";
import type { GraphQLSchema } from "graphql";
import { authDirectives } from "../authorization/guard.ts";
import { resolvers } from "../messages/resolvers.ts";

/** Where this API's schema files are; the same from `src` and from `dist`. */
const schemaDirectory = new URL("../../schema/", import.meta.url);

/** Builds this API's schema from all files of `schema/`, with every rule in it enforced. Throws a `PolicyError`. */
export function createSchema(): GraphQLSchema {
  const files = readdirSync(schemaDirectory).filter((name) => name.endsWith(".graphql"));
  const typeDefs = files.toSorted().map((name) => readFileSync(new URL(name, schemaDirectory), "utf8"));
  return authDirectives().transformer(makeExecutableSchema({ typeDefs, resolvers }));
}
