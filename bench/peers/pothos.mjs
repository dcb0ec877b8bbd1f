// Pothos with scope-auth on the fastest server here: mercurius with JIT, tokens by ./fastify-jwt.mjs.
import SchemaBuilder from "@pothos/core";
import ScopeAuthPlugin from "@pothos/plugin-scope-auth";
import mercurius from "mercurius";
import { report, task } from "../servers/child.mjs";
import { listFieldNames, toSchemaParts } from "../servers/schema.mjs";
import { createFastifyWithJwt, toScopes } from "./fastify-jwt.mjs";

const fastify = await createFastifyWithJwt();
const { Query } = toSchemaParts(task).resolvers;
const builder = new SchemaBuilder({
  plugins: [ScopeAuthPlugin],
  scopeAuth: {
    authScopes: ({ scopes }) => ({
      loggedIn: scopes !== undefined,
      scope: (scope) => scopes?.includes(scope) ?? false,
    }),
  },
});

if (task.list === undefined) {
  const Message = builder.objectRef("Message").implement({ fields: (t) => ({ message: t.exposeString("message") }) });
  builder.queryType({
    fields: (t) => ({
      publicMessage: t.field({ type: Message, resolve: Query.publicMessage }),
      privateMessage: t.field({
        type: Message,
        nullable: true,
        authScopes: { loggedIn: true },
        resolve: Query.privateMessage,
      }),
      adminMessage: t.field({
        type: Message,
        nullable: true,
        authScopes: { scope: "read:admin-messages" },
        resolve: Query.adminMessage,
      }),
    }),
  });
} else {
  const authScopes = { scope: "read:rows" };
  const Row = builder.objectRef("Row").implement({
    fields: (t) =>
      Object.fromEntries(
        listFieldNames(task.list).map((name) => [name, t.exposeString(name, { nullable: true, authScopes })]),
      ),
  });
  builder.queryType({ fields: (t) => ({ rows: t.field({ type: [Row], resolve: Query.rows }) }) });
}

await fastify.register(mercurius, {
  schema: builder.toSchema(),
  context: (request) => ({ scopes: toScopes(request) }),
  jit: 1,
});
await fastify.listen({ port: 0, host: "127.0.0.1" });
report(fastify.server.address().port);
