import type { FastifyRequest } from "fastify";
import type { Authentication } from "../authentication/principal.ts";
import type { AuthContext } from "../authorization/decision.ts";
import type { RequestRecord } from "./request-record.ts";

/** What every resolver of this server gets as its context. */
export interface ServerContext extends AuthContext {
  readonly record: RequestRecord;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Who sends it: known once a request for GraphQL has been authenticated. */
    authentication: Authentication | undefined;
    /** What is known of it; there from the start. */
    record: RequestRecord;
  }
}

/** Makes the context of a request that has been authenticated. */
export async function createContext({ authentication, record }: FastifyRequest): Promise<ServerContext> {
  // Cannot be: and if it were, nobody is let in.
  if (authentication === undefined) throw new TypeError("The request has not been authenticated.");
  return { authentication, record };
}
