import { readdirSync, readFileSync } from "node:fs";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { type DocumentNode, type GraphQLSchema, Kind, parse, Source } from "graphql";
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
  return guardSchema((typeDefs) => makeExecutableSchema({ typeDefs, resolvers }));
}

/**
 * The same as a subgraph (Apollo Federation 2): it also answers `_service` and, of entities, `_entities`.
 * The files need not `@link` to Federation, and may. Rejects with a `SchemaError` or a `PolicyError`.
 */
export async function createSubgraphSchema(): Promise<GraphQLSchema> {
  // Loaded on demand: it takes a quarter of a second, and most servers are no subgraph.
  const { buildSubgraphSchema } = await import("@apollo/subgraph");
  type Modules = Parameters<typeof buildSubgraphSchema>[0];
  // Its types know no resolver that says what context it relies on.
  return guardSchema((typeDefs) => buildSubgraphSchema({ typeDefs: addLink(typeDefs), resolvers } as Modules));
}

/** The first version with the directives that say rules, for the sake of gateways that know no later one. */
const federationLink: DocumentNode = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: [
    "@key", "@external", "@requires", "@provides", "@shareable", "@override", "@interfaceObject", "@inaccessible", "@tag"
  ])
`);

function addLink(typeDefs: DocumentNode[]): DocumentNode[] {
  const isLinked = typeDefs.some(({ definitions }) =>
    definitions.some(
      (node) =>
        (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION) &&
        node.directives?.some(({ name }) => name.value === "link"),
    ),
  );
  return isLinked ? typeDefs : [federationLink, ...typeDefs];
}

function guardSchema(build: (typeDefs: DocumentNode[]) => GraphQLSchema): GraphQLSchema {
  return authDirectives({ describe: true, onRefusal: recordRefusal }).transformer(buildSchema(build));
}

function buildSchema(build: (typeDefs: DocumentNode[]) => GraphQLSchema): GraphQLSchema {
  try {
    const files = readdirSync(schemaDirectory).filter((name) => name.endsWith(".graphql"));
    const sources = files
      .toSorted()
      .map((name) => new Source(readFileSync(new URL(name, schemaDirectory), "utf8"), `schema/${name}`));
    const typeDefs = sources.map((source) => parse(source));
    assertNoLostRules(typeDefs);
    return build(typeDefs);
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    throw new SchemaError(`The schema in schema/*.graphql is not valid.\n${String(error)}`, { cause: error });
  }
}
