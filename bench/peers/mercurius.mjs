// mercurius with JIT from the first request on, mercurius-auth in directive mode, tokens by ./fastify-jwt.mjs.
import mercurius from "mercurius";
import mercuriusAuth from "mercurius-auth";
import { report, task } from "../servers/child.mjs";
import { directives, toSchemaParts } from "../servers/schema.mjs";
import { createFastifyWithJwt, toScopes } from "./fastify-jwt.mjs";

const fastify = await createFastifyWithJwt();
const { typeDefs, resolvers } = toSchemaParts(task);
await fastify.register(mercurius, { schema: `${directives}\n${typeDefs}`, resolvers, jit: 1 });

/** The alternatives that a directive in the schema names; read once. */
const known = new Map();
function toAlternatives(directive) {
  let alternatives = known.get(directive);
  if (alternatives === undefined) {
    const { value } = directive.arguments[0];
    alternatives = value.values.map((item) => (item.values ?? [item]).map((scope) => scope.value));
    known.set(directive, alternatives);
  }
  return alternatives;
}

if (!task.isUnguarded) {
  await fastify.register(mercuriusAuth, {
    authDirective: "auth",
    authContext: ({ reply }) => ({ scopes: toScopes(reply.request) }),
    applyPolicy: (_directive, _parent, _args, { auth }) => auth.scopes !== undefined,
  });
  await fastify.register(mercuriusAuth, {
    authDirective: "requiresScope",
    applyPolicy: (directive, _parent, _args, { auth: { scopes } }) =>
      toAlternatives(directive).some((all) => all.every((scope) => scopes?.includes(scope))),
  });
}

await fastify.listen({ port: 0, host: "127.0.0.1" });
report(fastify.server.address().port);
