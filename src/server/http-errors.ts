import type { FastifyError, FastifyInstance } from "fastify";

/** What a client can do about an error of the HTTP layer; without an entry the status's own words must do. */
const messages: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: "The request body is not valid JSON.",
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The request body is empty: send {"query": "…"} as JSON.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "The request body must be JSON: send it with 'Content-Type: application/json'.",
  FST_ERR_CTP_BODY_TOO_LARGE: "The request body is larger than 100 KiB.",
};

/** Answers what goes wrong outside GraphQL in the form of a GraphQL response, without stack traces. */
export function registerHttpErrors(fastify: FastifyInstance): void {
  fastify.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, "A request failed in the server.");
    const message =
      messages[error.code] ?? (status >= 500 ? "The server failed to answer." : "The request is not valid.");
    const code = status >= 500 ? "INTERNAL_SERVER_ERROR" : "BAD_REQUEST";
    return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
  });
  fastify.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({
      errors: [{ message: "There is nothing here. The API is at POST /graphql.", extensions: { code: "NOT_FOUND" } }],
    }),
  );
}
