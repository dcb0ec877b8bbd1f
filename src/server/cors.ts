import type { FastifyCorsOptions } from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";

/** What browsers may do from the configured origins. Cookies mean nothing here. */
const corsOptions = {
  credentials: false,
  methods: ["GET", "POST"],
  allowedHeaders: ["Authorization", "Content-Type", "Apollo-Require-Preflight", "X-Apollo-Operation-Name"],
  exposedHeaders: ["WWW-Authenticate", "Retry-After"],
  maxAge: 600,
  strictPreflight: false,
} satisfies FastifyCorsOptions;

/** Answers browsers about pages of other origins; where none is configured, they let no such page read anything. */
export async function registerCors(
  fastify: FastifyInstance,
  { clientOrigins, dpop }: Pick<Config, "clientOrigins" | "dpop">,
): Promise<void> {
  if (clientOrigins.length === 0) return;
  const allowedHeaders = [...corsOptions.allowedHeaders, ...(dpop === "off" ? [] : ["DPoP"])];
  // Loaded on demand, as few servers need it.
  const { default: cors } = await import("@fastify/cors");
  await fastify.register(cors, { ...corsOptions, allowedHeaders, origin: [...clientOrigins] });
}
