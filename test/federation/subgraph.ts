import { buildSubgraphSchema } from "@apollo/subgraph";
import { type ExecutionResult, type GraphQLSchema, graphql, parse } from "graphql";
import { type AuthDirectivesOptions, authDirectives } from "../../src/authorization/guard.ts";
import { anonymous } from "../../src/testing.ts";

/** What a subgraph links to, so that its SDL can say rules. */
export const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5",
  import: ["@key", "@external", "@requires", "@interfaceObject", "@shareable"])`;

type Modules = Parameters<typeof buildSubgraphSchema>[0];

/** A guarded subgraph, as a library user makes one. */
export function guardSubgraph(sdl: string, resolvers: object = {}, options: AuthDirectivesOptions = {}): GraphQLSchema {
  const auth = authDirectives(options);
  const typeDefs = [parse(auth.typeDefs), parse(sdl.includes("@link") ? sdl : `${link} ${sdl}`)];
  return auth.transformer(buildSubgraphSchema({ typeDefs, resolvers } as Modules));
}

/** What a subgraph answers a caller. */
export function ask(
  schema: GraphQLSchema,
  source: string,
  { authentication = anonymous(), ...variableValues }: Readonly<Record<string, unknown>> = {},
): Promise<ExecutionResult> {
  return graphql({ schema, source, contextValue: { authentication }, variableValues });
}

/** The SDL that a subgraph tells whoever asks. */
export async function readSdl(schema: GraphQLSchema): Promise<string> {
  const { data, errors } = await ask(schema, "{ _service { sdl } }");
  if (errors?.[0] !== undefined) throw errors[0];
  return (data as { readonly _service: { readonly sdl: string } })._service.sdl;
}
