import type { FastifyInstance } from "fastify";
import { answeredUnderPressure } from "./under-pressure.ts";

/** Where the server is in its life. */
export type Phase = "starting" | "ready" | "overloaded" | "draining";

/**
 * Liveness and readiness for whoever runs the process. Neither depends on the identity provider. An overloaded process
 * is live, as to start it anew would only lose what it is doing, and not ready, so that others get the requests.
 */
export function registerHealth(fastify: FastifyInstance, readPhase: () => Phase): void {
  const route = { config: answeredUnderPressure };
  fastify.get("/health/live", route, async () => ({ status: "live" }));
  fastify.get("/health/ready", route, async (_request, reply) => {
    const phase = readPhase();
    return reply.code(phase === "ready" ? 200 : 503).send({ status: phase });
  });
}
