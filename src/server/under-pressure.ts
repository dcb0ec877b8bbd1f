import underPressure from "@fastify/under-pressure";
import type { FastifyContextConfig, FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What is done with a request of this route while the process is overloaded, instead of turning it away. */
    pressureHandler?: () => void;
  }
}

/** When a client that was turned away may try again, in seconds. */
const retryAfterSeconds = 10;

/** The configuration of a route that is answered however overloaded the process is. */
export const answeredUnderPressure: FastifyContextConfig = { pressureHandler: () => {} };

/**
 * Turns requests away, with status 503 and `Retry-After`, while the event loop was late by more than so many
 * milliseconds on average in the last second, before anything else is done for them; 0: never. Resolves to the function
 * that says whether it is so now.
 */
export async function registerUnderPressure(
  fastify: FastifyInstance,
  maxEventLoopDelayMs: number,
): Promise<() => boolean> {
  if (maxEventLoopDelayMs === 0) return () => false;
  await fastify.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    pressureHandler: async (_request, reply) => {
      reply.header("retry-after", retryAfterSeconds);
      throw Object.assign(new Error("The process is overloaded."), { statusCode: 503, code: "UNDER_PRESSURE" });
    },
  });
  return () => fastify.isUnderPressure();
}
