import type { ApolloServerPlugin } from "@apollo/server";
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { isPromise } from "../authorization/field-guard.ts";
import { assertGuarded } from "../authorization/guard.ts";
import {
  createOperationDecision,
  type InvalidTokenMode,
  type OperationDecision,
} from "../authorization/refused-operation.ts";
import { executePlan } from "../execution/execute-plan.ts";
import { createPlan, type Plan } from "../execution/plan.ts";
import type { ServerContext } from "./context.ts";
import { type PlainRequest, readPlainRequest } from "./plain-request.ts";
import { type RequestRecord, recordErrors, recordOperation } from "./request-record.ts";
import { type ResponseErrors, toFormattedErrors } from "./response-errors.ts";
import { isTraced } from "./traces.ts";

/** How many documents are kept, those that were asked for last, and how many characters they have together: 70 MB at most. */
const maxDocuments = 1000;
const maxCharacters = 250_000;

/** Of how many operations of a document it is kept what they require. */
const maxOperations = 10;

/** From how many characters on an answer is made bytes at once: Node would set aside three bytes for each of a string. */
const longAnswer = 16_384;

/** How many forms of the Accept header are known, those that came last. */
const maxAccepts = 100;

/** What Apollo Server is told, and this has to do the same. */
export interface PreparedOptions {
  readonly schema: GraphQLSchema;
  /** Whether queries are planned, where they can be. */
  readonly plansQueries: boolean;
  readonly invalidToken?: InvalidTokenMode | undefined;
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

interface Prepared {
  readonly document: DocumentNode;
  /** The hash of its text, as Apollo Server computes it. */
  readonly hash: string;
  /** Those that were asked for, by the name that was given. */
  readonly operations: Map<string | undefined, PreparedOperation>;
  /** How many fields plans of it may still have: in proportion to its text, which is what the room is counted in. */
  room: number;
}

interface PreparedOperation {
  readonly operation: OperationDefinitionNode;
  readonly decide: OperationDecision;
  /** Undefined where graphql-js executes it. */
  readonly plan: Plan | undefined;
}

/**
 * Makes a way past Apollo Server for operations that it has seen before, which takes half of the processor time: most
 * of what Apollo does for a request is the same each time. Left to it are documents that are new, requests that are
 * more than a query and its variables sent as JSON (GET, persisted queries), operations that are refused as a whole,
 * subscriptions, variables that do not fit, filtered introspection, and everything while spans are recorded.
 *
 * Hooks of Apollo's plugins are not called: what those of this server do is done here too.
 */
export function createPreparedOperations(options: PreparedOptions): PreparedOperations {
  const { schema, plansQueries, invalidToken, executionOptions: limits = {}, formatError } = options;
  const documents = new LRUCache<string, Prepared>({
    max: maxDocuments,
    maxSize: maxCharacters,
    sizeCalculation: (_prepared, text) => text.length,
  });
  const contentTypes = new LRUCache<string, string>({ max: maxAccepts });
  /** Of requests whose answer has the content type that Apollo Server chooses, and not one of an error's headers. */
  const chosen = new WeakSet<RequestRecord>();

  function prepare(prepared: Prepared, operationName: string | undefined): PreparedOperation | undefined {
    const { document } = prepared;
    const operation = getOperationAST(document, operationName) ?? undefined;
    if (operation === undefined || operation.operation === "subscription") return undefined;
    if (assertGuarded(schema).findView !== undefined) return undefined;
    const plan = plansQueries ? createPlan({ schema, document, operation, maxSize: prepared.room }) : undefined;
    prepared.room -= plan?.size ?? 0;
    return { operation, plan, decide: createOperationDecision({ schema, document, operation }, invalidToken) };
  }

  function findOperation(prepared: Prepared, operationName: string | undefined): PreparedOperation | undefined {
    const { operations } = prepared;
    let found = operations.get(operationName);
    if (found === undefined) {
      found = prepare(prepared, operationName);
      if (found !== undefined && operations.size < maxOperations) operations.set(operationName, found);
    }
    return found;
  }

  function run({ operationName, variables }: PlainRequest, prepared: Prepared, contextValue: ServerContext) {
    const found = findOperation(prepared, operationName);
    if (found === undefined || found.decide(variables, contextValue.authentication) !== undefined) return undefined;
    recordOperation(contextValue.record, { operation: found.operation, queryHash: prepared.hash });
    if (found.plan !== undefined) return executePlan(found.plan, { contextValue, variableValues: variables });
    const { document } = prepared;
    return execute({ schema, document, contextValue, variableValues: variables, operationName, options: limits });
  }

  return {
    plugin: {
      requestDidStart: async () => ({
        didResolveOperation: async ({ source, document, queryHash }) => {
          documents.set(source, {
            document,
            hash: queryHash,
            operations: new Map(),
            room: Math.ceil(source.length / 2),
          });
        },
        willSendResponse: async ({ response, contextValue }) => {
          if (!response.http.headers.has("content-type")) chosen.add(contextValue.record);
        },
      }),
    },
    answer: (request, reply) => {
      const asked = isTraced() ? undefined : readPlainRequest(request);
      const prepared = asked && documents.get(asked.query);
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
