import type { GraphQLError, GraphQLFormattedError } from "graphql";

/** Errors of an execution as a response has them, and what they say of the response itself. */
export interface ResponseErrors {
  readonly formatted: readonly GraphQLFormattedError[];
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

/** What a resolver may say of the response, in its error's `extensions.http`. */
interface ErrorHead {
  readonly status?: number;
  readonly headers?: ReadonlyMap<string, string>;
}

/** Prepares the errors of an execution for a response as Apollo Server does, which does not lend its own function. */
export function toFormattedErrors(
  errors: readonly GraphQLError[],
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError,
): ResponseErrors {
  let status: number | undefined;
  const headers = new Map<string, string>();
  const formatted = errors.map((error) => {
    const extensions: Readonly<Record<string, unknown>> = {
      ...error.extensions,
      code: error.extensions["code"] ?? "INTERNAL_SERVER_ERROR",
    };
    const { http, ...others } = extensions;
    if (!isErrorHead(http)) return formatError({ ...error.toJSON(), extensions }, error);
    status = http.status || status;
    for (const [name, value] of http.headers ?? []) headers.set(name, value);
    return formatError({ ...error.toJSON(), extensions: others }, error);
  });
  return { formatted, status, headers };
}

function isErrorHead(http: unknown): http is ErrorHead {
  if (typeof http !== "object" || http === null) return false;
  const { status, headers } = http as Partial<Record<"status" | "headers", unknown>>;
  return (!("status" in http) || typeof status === "number") && (!("headers" in http) || headers instanceof Map);
}
