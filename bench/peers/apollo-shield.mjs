// Apollo Server as its documentation starts it, graphql-shield for the rules, jose with a remote key set for tokens.
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { applyMiddleware } from "graphql-middleware";
import { rule, shield } from "graphql-shield";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { report, task } from "../servers/child.mjs";
import { directives, listFieldNames, toSchemaParts } from "../servers/schema.mjs";

const { typeDefs, resolvers } = toSchemaParts(task);
const { issuer, audience } = task;
const keySet = createRemoteJWKSet(new URL(task.jwksUri));

// Decided once a request and remembered, graphql-shield's fastest way.
const isAuthenticated = rule({ cache: "contextual" })((_parent, _args, { scopes }) => scopes !== undefined);
const hasScope = (scope) =>
  rule({ cache: "contextual" })((_parent, _args, { scopes }) => scopes?.includes(scope) ?? false);
const readRows = hasScope("read:rows");
const rules =
  task.list === undefined
    ? { Query: { privateMessage: isAuthenticated, adminMessage: hasScope("read:admin-messages") } }
    : { Row: Object.fromEntries(listFieldNames(task.list).map((name) => [name, readRows])) };

const schema = makeExecutableSchema({ typeDefs: [directives, typeDefs], resolvers });
const server = new ApolloServer({ schema: applyMiddleware(schema, shield(rules)) });
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: "127.0.0.1" },
  context: async ({ req }) => {
    const token = req.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
    if (token === undefined) return {};
    const { payload } = await jwtVerify(token, keySet, { issuer, audience, algorithms: ["RS256"] });
    return { scopes: payload.scope.split(" ") };
  },
});
report(Number(new URL(url).port));
