import { createPublicKey } from "node:crypto";
import fastifyJwt from "@fastify/jwt";
import createFastify from "fastify";
import { task } from "../servers/child.mjs";

/**
 * Fastify with @fastify/jwt at its fastest: the key is fetched once and never again, and verified tokens are cached.
 * Requests without a token pass as anonymous, `request.user` is undefined.
 */
export async function createFastifyWithJwt() {
  const { keys } = await (await fetch(task.jwksUri)).json();
  const publicKey = createPublicKey({ key: keys[0], format: "jwk" }).export({ type: "spki", format: "pem" });
  const fastify = createFastify();
  await fastify.register(fastifyJwt, {
    secret: { public: publicKey },
    verify: { cache: true, algorithms: ["RS256"], allowedIss: task.issuer, allowedAud: task.audience },
  });
  fastify.addHook("onRequest", async (request) => {
    if (request.headers.authorization !== undefined) await request.jwtVerify();
  });
  return fastify;
}

/** The scopes of who sends a request, undefined for nobody. Split once a request. */
export function toScopes(request) {
  return request.user?.scope?.split(" ");
}
