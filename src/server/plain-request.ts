import type { FastifyRequest } from "fastify";

/** What a request asks for that is nothing but a query and what belongs to it. */
export interface PlainRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

/** As clients write it; others are right too, and not plain. */
const jsonTypes: readonly unknown[] = ["application/json", "application/json; charset=utf-8"];

/**
 * Reads a GraphQL-over-HTTP request whose body has been parsed. Undefined where it is anything else than a POST of one
 * well-formed query as JSON, without a persisted query's hash: that does not say that it is wrong.
 */
export function readPlainRequest({ method, headers, body }: FastifyRequest): PlainRequest | undefined {
  if (method !== "POST" || !jsonTypes.includes(headers["content-type"]) || !isRecord(body)) return undefined;
  const { query, operationName = null, variables = null, extensions = null } = body;
  if (typeof query !== "string" || (operationName !== null && typeof operationName !== "string")) return undefined;
  if (variables !== null && !isRecord(variables)) return undefined;
  if (extensions !== null && (!isRecord(extensions) || "persistedQuery" in extensions)) return undefined;
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
