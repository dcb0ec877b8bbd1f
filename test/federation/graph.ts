import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginInlineTraceDisabled } from "@apollo/server/plugin/disabled";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { type Stage, startStage } from "../support/stage.ts";

/** This API's part of the graph. */
const accounts = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
  type Query {
    status: String
    me: User
    audit: String @requiresScope(scopes: "audit")
  }
  type User @key(fields: "id") @auth { id: ID!, name: String, email: String @requiresScope(scopes: "email") }
  type Product @key(fields: "id") { id: ID!, name: String, cost: Int @requiresScope(scopes: [["audit"], ["cost"]]) }
`;

/** Somebody else's part, in which nothing is guarded. */
const reviews = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
  type Query { reviews: [Review!] }
  type Review { text: String, author: User, product: Product }
  type User @key(fields: "id", resolvable: false) { id: ID! }
  type Product @key(fields: "id", resolvable: false) { id: ID! }
`;

/** Two subgraphs that are served: this API's, and somebody else's that leads to its entities. */
export interface Graph {
  readonly stage: Stage;
  /** As a gateway is told them. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  /** The references that were resolved: `User 1`. */
  readonly resolved: string[];
  readonly stop: () => Promise<void>;
}

export async function startGraph(): Promise<Graph> {
  const resolved: string[] = [];
  const resolveAs = (type: string, fields: object) => ({
    __resolveReference: ({ id }: { readonly id: string }) => {
      resolved.push(`${type} ${id}`);
      return { id, ...fields };
    },
  });
  const user = { name: "Ada", email: "ada@example.com" };
  const resolvers = {
    Query: { status: () => "well", me: () => ({ id: "1", ...user }), audit: () => "all of it" },
    User: resolveAs("User", user),
    Product: resolveAs("Product", { name: "Lamp", cost: 7 }),
  };
  const stage = await startStage({ typeDefs: accounts, resolvers, env: { FEDERATION: "on" } });
  const all = ["1", "2"].map((id) => ({ text: `Review ${id}`, author: { id }, product: { id } }));
  const other = new ApolloServer({
    schema: buildSubgraphSchema({ typeDefs: parse(reviews), resolvers: { Query: { reviews: () => all } } }),
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  });
  const { url } = await startStandaloneServer(other, { listen: { port: 0, host: "127.0.0.1" } });
  return {
    stage,
    resolved,
    subgraphs: [
      { name: "accounts", url: `${stage.server.url}/graphql` },
      { name: "reviews", url },
    ],
    stop: async () => {
      await other.stop();
      await stage.stop();
    },
  };
}
