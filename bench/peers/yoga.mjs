// GraphQL Yoga with its JWT plugin and generic-auth, which refuses by the document, before execution.
import { createServer } from "node:http";
import { useGenericAuth } from "@envelop/generic-auth";
import { useGraphQlJit } from "@envelop/graphql-jit";
import { createRemoteJwksSigningKeyProvider, useJWT } from "@graphql-yoga/plugin-jwt";
import { createSchema, createYoga } from "graphql-yoga";
import { report, task } from "../servers/child.mjs";
import { directives, toSchemaParts } from "../servers/schema.mjs";

const { typeDefs, resolvers } = toSchemaParts(task);
const { issuer, audience, jwksUri } = task;
const yoga = createYoga({
  schema: createSchema({ typeDefs: [directives, typeDefs], resolvers }),
  logging: false,
  plugins: [
    useJWT({
      signingKeyProviders: [createRemoteJwksSigningKeyProvider({ jwksUri, cache: true, rateLimit: true })],
      tokenVerification: { issuer, audience, algorithms: ["RS256"] },
      // Public fields are for everybody.
      reject: { missingToken: false, invalidToken: true },
    }),
    useGenericAuth({
      mode: "protect-granular",
      authDirectiveName: "auth",
      scopesDirectiveName: "requiresScope",
      resolveUserFn: ({ jwt }) => jwt?.payload,
    }),
    ...(task.isCompiled ? [useGraphQlJit()] : []),
  ],
});
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => report(server.address().port));
