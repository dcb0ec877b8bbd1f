import { Client, fetchExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import type { Session } from "./session.ts";

/** Sends the session's token; where the API says that it ran out, asks once more with a new one. */
export function createClient(url: string, session: Session): Client {
  const auth = authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation: (operation) => appendHeaders(operation, session.getHeaders()),
    didAuthError: ({ graphQLErrors: all }) => all.some(({ extensions }) => extensions["reason"] === "token_expired"),
    refreshAuth: session.renew,
  }));
  return new Client({ url, preferGetMethod: false, exchanges: [auth, fetchExchange] });
}
