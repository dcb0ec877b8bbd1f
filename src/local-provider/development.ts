import type { IssuerOptions } from "../authentication/issuer.ts";
import { admin, developer, frontend, member, people } from "./callers.ts";
import { type LocalProvider, startLocalProvider } from "./provider.ts";

/** Starts the provider that `npm start` runs when no other is configured, with a client for each kind of caller. */
export function startDevelopmentProvider(port: number, api: IssuerOptions): Promise<LocalProvider> {
  const [audience = ""] = [api.audience ?? []].flat();
  const { clientId: id = "", clientSecret: secret = "" } = api;
  const applications = [{ ...frontend, tokenFormat: api.method === "introspection" ? "opaque" : "jwt" } as const];
  const clients = [member, admin, developer, { id, secret }];
  return startLocalProvider({ port, audience, clients, applications, people });
}
