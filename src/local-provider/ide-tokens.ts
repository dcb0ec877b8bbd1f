import type { IssuerOptions } from "../authentication/issuer.ts";
import type { IdeTokens } from "../server/ide-tokens.ts";
import { admin, member } from "./callers.ts";
import { requestToken } from "./request-token.ts";

/** Lets the IDE call as the local provider's member and admin, with tokens of the kind that this API takes. */
export function createIdeTokens({ issuer, method }: IssuerOptions): IdeTokens {
  const clients = [member, admin];
  const format = method === "introspection" ? "opaque" : "jwt";
  return {
    callers: clients.map(({ id, scopes = [] }) => ({ name: id, scopes })),
    getToken: async (name) => {
      const client = clients.find(({ id }) => id === name);
      if (client === undefined) throw new Error("There is no such caller.");
      return requestToken({ issuer, client, scope: client.scopes?.join(" "), format });
    },
  };
}
