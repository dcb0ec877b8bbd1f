import type { FastifyInstance } from "fastify";

/** Where the server is in its life. */
export type Phase = "starting" | "ready" | "draining";

/** Liveness and readiness for whoever runs the process. Neither depends on the identity provider. */
export function registerHealth(fastify: FastifyInstance, readPhase: () => Phase): void {
  fastify.get("/health/live", async () => ({ status: "live" }));
  fastify.get("/health/ready", async (_request, reply) => {
    const phase = readPhase();
    return reply.code(phase === "ready" ? 200 : 503).send({ status: phase });
  });
}
