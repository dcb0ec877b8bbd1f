import type { ApolloServerPlugin } from "@apollo/server";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type ExecutionResult, execute, type GraphQLFormattedError } from "graphql";
import { LRUCache } from "lru-cache";
import { isPromise } from "../authorization/field-guard.ts";
import { executePlan } from "../execution/execute-plan.ts";
import type { ServerContext } from "./context.ts";
import { type PlainRequest, readPlainRequest } from "./plain-request.ts";
import { createPreparedDocuments, type PreparedDocument, type PreparedDocumentsOptions } from "./prepared-documents.ts";
import { type RequestRecord, recordErrors, recordOperation } from "./request-record.ts";
import { type ResponseErrors, toFormattedErrors } from "./response-errors.ts";
import { isTraced } from "./traces.ts";

/** From how many characters on an answer is made bytes at once: Node would set aside three bytes for each of a string. */
const longAnswer = 16_384;

/** How many forms of the Accept header are known, those that came last. */
const maxAccepts = 100;

/** What Apollo Server is told, and this has to do the same. */
export interface PreparedOptions extends PreparedDocumentsOptions {
  readonly executionOptions?: Parameters<typeof execute>[0]["options"];
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}

/** Operations that need no more than to be executed. */
export interface PreparedOperations {
  /** Keeps the documents that Apollo Server has found valid, and within their limits. */
  readonly plugin: ApolloServerPlugin<ServerContext>;
  /**
   * Executes an operation of such a document for a caller that is not refused it, and answers as Apollo Server would.
   * Undefined, and nothing has been executed: let Apollo Server answer.
   */
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => Answer | Promise<Answer> | undefined;
  /** Keeps how Apollo Server has answered what a request accepts. */
  readonly learnAnswer: (request: FastifyRequest, reply: FastifyReply) => void;
}

type Answer = string | Buffer;

/**
 * Makes a way past Apollo Server for operations that it has seen before, which saves most of the processor time: most
 * of what Apollo does for a request is the same each time. Left to it are documents that are new, requests that are
 * more than a query and its variables sent as JSON (GET, persisted queries), operations that are refused as a whole,
 * subscriptions, variables that do not fit, filtered introspection, and everything while spans are recorded.
 *
 * Hooks of Apollo's plugins are not called: what those of this server do is done here too.
 */
export function createPreparedOperations(options: PreparedOptions): PreparedOperations {
  const { schema, executionOptions: limits = {}, formatError } = options;
  const documents = createPreparedDocuments(options);
  const contentTypes = new LRUCache<string, string>({ max: maxAccepts });
  /** Of requests whose answer has the content type that Apollo Server chooses, and not one of an error's headers. */
  const chosen = new WeakSet<RequestRecord>();

  function run({ operationName, variables }: PlainRequest, prepared: PreparedDocument, contextValue: ServerContext) {
    const found = documents.findOperation(prepared, operationName);
    if (found === undefined || found.decide(variables, contextValue.authentication) !== undefined) return undefined;
    recordOperation(contextValue.record, found.recorded);
    const plan = documents.findPlan(prepared, found);
    if (plan !== null) return executePlan(plan, { contextValue, variableValues: variables });
    const { document } = prepared;
    return execute({ schema, document, contextValue, variableValues: variables, operationName, options: limits });
  }

  return {
    plugin: {
      requestDidStart: async () => ({
        didResolveOperation: async ({ source, document, queryHash }) =>
          documents.keep(source, { document, hash: queryHash }),
        willSendResponse: async ({ response, contextValue }) => {
          if (!response.http.headers.has("content-type")) chosen.add(contextValue.record);
        },
      }),
    },
    answer: (request, reply) => {
      const asked = isTraced() ? undefined : readPlainRequest(request);
      const prepared = asked && documents.find(asked.query);
      const contentType = contentTypes.get(request.headers.accept ?? "");
      const { authentication, record } = request;
      if (!prepared || contentType === undefined || authentication === undefined) return undefined;
      const running = run(asked, prepared, { authentication, record });
      if (isPromise(running)) return Promise.resolve(running).then((result) => respond(result, reply, contentType));
      // Without data nothing was executed: the variables do not fit.
      return running?.data === undefined ? undefined : respond(running, reply, contentType);
    },
    learnAnswer: ({ headers, record }, reply) => {
      const contentType = reply.getHeader("content-type");
      if (reply.statusCode === 200 && chosen.has(record) && typeof contentType === "string") {
        contentTypes.set(headers.accept ?? "", contentType);
      }
    },
  };

  function respond({ data, errors, extensions }: ExecutionResult, reply: FastifyReply, contentType: string): Answer {
    if (errors !== undefined) recordErrors(reply.request.record, errors);
    let head = errors && toFormattedErrors(errors, formatError);
    let text: string;
    try {
      text = stringify({ errors: head?.formatted, data, extensions });
    } catch (error) {
      // A scalar's value that JSON cannot say. What was executed must not be executed again.
      const failed = toFormattedErrors([error], formatError);
      head = { ...failed, status: failed.status ?? 500 };
      text = stringify({ errors: head.formatted });
    }
    reply.header("content-type", contentType);
    if (head !== undefined) writeHead(reply, head);
    return text.length < longAnswer ? text : Buffer.from(text);
  }
}

function writeHead(reply: FastifyReply, { status, headers }: ResponseErrors): void {
  for (const [name, value] of headers) reply.header(name, value);
  if (status !== undefined) reply.code(status);
}

function stringify(body: object): string {
  return `${JSON.stringify(body)}\n`;
}
