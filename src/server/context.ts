import type { Authenticator } from "../authentication/authenticator.ts";
import type { RequestHeaders } from "../authentication/bearer.ts";
import type { AuthContext } from "../authorization/decision.ts";

/** What every resolver of this server gets as its context. */
export type ServerContext = AuthContext;

/** Makes the context of a request: who sends it. Never rejects on account of a token or the provider. */
export async function createContext(authenticate: Authenticator, request: RequestHeaders): Promise<ServerContext> {
  return { authentication: await authenticate(request) };
}
