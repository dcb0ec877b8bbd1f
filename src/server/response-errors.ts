import { HeaderMap } from "@apollo/server";
import { GraphQLError, type GraphQLFormattedError } from "graphql";

/** Errors as a response has them, and what they say of the response itself. */
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

/** Prepares errors for a response as Apollo Server does, which does not lend its own function. */
export function toFormattedErrors(
  errors: readonly unknown[],
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError,
): ResponseErrors {
  let status: number | undefined;
  const headers = new HeaderMap();

  function format(thrown: unknown): GraphQLFormattedError {
    const error = toGraphQLError(thrown);
    const extensions: Readonly<Record<string, unknown>> = {
      ...error.extensions,
      code: error.extensions["code"] ?? "INTERNAL_SERVER_ERROR",
    };
    const { http, ...others } = extensions;
    if (!isErrorHead(http)) return formatError({ ...error.toJSON(), extensions }, thrown);
    status = http.status || status;
    for (const [name, value] of http.headers ?? []) headers.set(name, value);
    return formatError({ ...error.toJSON(), extensions: others }, thrown);
  }

  function formatSafely(thrown: unknown): GraphQLFormattedError {
    try {
      return format(thrown);
    } catch {
      // What an error says of itself can fail too.
      return { message: "Internal server error", extensions: { code: "INTERNAL_SERVER_ERROR" } };
    }
  }

  return { formatted: errors.map(formatSafely), status, headers };
}

/** graphql-js passes on an error of any kind that has a path already, as some of validation libraries do. */
function toGraphQLError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  if (!(thrown instanceof Error)) return new GraphQLError(`Unexpected error value: ${String(thrown)}`);
  return new GraphQLError(thrown.message, { originalError: thrown });
}

function isErrorHead(http: unknown): http is ErrorHead {
  if (typeof http !== "object" || http === null) return false;
  const { status, headers } = http as Partial<Record<"status" | "headers", unknown>>;
  return (!("status" in http) || typeof status === "number") && (!("headers" in http) || headers instanceof Map);
}
