import type { Caller } from "./caller.ts";

/** A request as a caller sends it. */
export interface CallerRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a caller sends, with a token or without. */
export function toRequest({ method, query }: Caller, token: string | undefined): CallerRequest {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  if (method === "GET") {
    const headers = { ...authorization, "apollo-require-preflight": "true" };
    return { method, path: `/graphql?query=${encodeURIComponent(query)}`, headers };
  }
  const headers = { ...authorization, "content-type": "application/json" };
  return { method, path: "/graphql", headers, body: JSON.stringify({ query }) };
}
