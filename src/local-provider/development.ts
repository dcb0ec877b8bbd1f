import type { IssuerOptions } from "../authentication/issuer.ts";
import { admin, developer, member } from "./callers.ts";
import { type LocalProvider, startLocalProvider } from "./provider.ts";

/** Starts the provider that `npm start` runs when no other is configured, with a client for each kind of caller. */
export function startDevelopmentProvider(port: number, api: IssuerOptions): Promise<LocalProvider> {
  const [audience = ""] = [api.audience ?? []].flat();
  const { clientId: id = "", clientSecret: secret = "" } = api;
  return startLocalProvider({ port, audience, clients: [member, admin, developer, { id, secret }] });
}
