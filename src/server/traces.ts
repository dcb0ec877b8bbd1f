import type {
  ApolloServerPlugin,
  GraphQLRequestContextExecutionDidStart,
  GraphQLRequestExecutionListener,
} from "@apollo/server";
import {
  type Attributes,
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  ProxyTracerProvider,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { ProviderClient } from "../authentication/provider-client.ts";
import type { ServerContext } from "./context.ts";

const tracerName = "graphql-gatehouse";

/** Asked for each time: an SDK may be registered, or another one, while the process runs. */
function findTracer(): Tracer {
  return trace.getTracer(tracerName);
}

/** Whether there is an SDK. Without one nothing here is done at all: spans of nobody would cost 3 % of a request. */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(tracerName) !== undefined;
}

/** Stands for every span that nobody records. */
const noSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** What a span is begun with. */
interface SpanBeginning {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Default: the active one. */
  readonly parent?: Context;
}

/** Does something in a span, if there is an SDK to record it. */
function inSpan<T>(name: string, beginning: SpanBeginning, run: (span: Span) => Promise<T>): Promise<T> {
  return isTraced() ? recordSpan(name, beginning, run) : run(noSpan);
}

/** Of an error only that there was one is recorded: its text may have anything in it. */
async function recordSpan<T>(name: string, beginning: SpanBeginning, run: (span: Span) => Promise<T>): Promise<T> {
  const { parent = context.active(), ...options } = beginning;
  const span = findTracer().startSpan(name, options, parent);
  if (!isSpanContextValid(span.spanContext())) return run(span);
  try {
    return await context.with(trace.setSpan(parent, span), run, undefined, span);
  } catch (error) {
    const { statusCode = 500 } = Object(error) as { readonly statusCode?: number };
    span.setAttribute("http.response.status_code", statusCode);
    // That a client asks too often, or badly, is no failure of ours.
    if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/**
 * Does what a request for GraphQL asks for in a span, below the HTTP server's where something records that, else below
 * the caller's (`traceparent`). Attributes hold the operation's name and type, and nothing else that a client chose.
 */
export function traceRequest<T>(request: FastifyRequest, reply: FastifyReply, run: () => Promise<T>): Promise<T> {
  if (!isTraced()) return run();
  const active = context.active();
  const isInner = trace.getSpan(active) !== undefined;
  const beginning = {
    kind: isInner ? SpanKind.INTERNAL : SpanKind.SERVER,
    parent: isInner ? active : propagation.extract(active, request.headers),
    attributes: { "http.request.method": request.method, "http.route": "/graphql" },
  };
  return inSpan("gatehouse.request", beginning, async (span) => {
    const { traceId } = span.spanContext();
    if (isSpanContextValid(span.spanContext())) request.record.traceId = traceId;
    const result = await run();
    if (!span.isRecording()) return result;
    const { operationName, operationType } = request.record;
    if (operationName !== undefined) span.setAttribute("graphql.operation.name", operationName);
    if (operationType !== undefined) span.setAttribute("graphql.operation.type", operationType);
    span.setAttribute("http.response.status_code", reply.statusCode);
    if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    return result;
  });
}

/** The same authenticator, with a span for each request. */
export function traceAuthenticator(authenticate: Authenticator): Authenticator {
  const traced: typeof authenticate = Object.assign(
    (request: Parameters<Authenticator>[0]) => {
      if (!isTraced()) return authenticate(request);
      return recordSpan("gatehouse.authenticate", {}, async (span) => {
        const caller = await authenticate(request);
        span.setAttribute("gatehouse.outcome", caller.kind);
        if ("error" in caller) span.setAttribute("gatehouse.reason", caller.error.reason);
        return caller;
      });
    },
    { prepare: authenticate.prepare, readState: authenticate.readState },
  );
  return traced;
}

/**
 * The same client, with a span for each call, which the provider is told of (`traceparent`). Not passed on is what else
 * a caller may have sent along with it (`baggage`): that is none of the provider's business.
 */
export function traceProvider(ask: ProviderClient): ProviderClient {
  return (request) => {
    const { hostname, port } = new URL(request.url);
    const attributes = {
      "http.request.method": request.form === undefined ? "GET" : "POST",
      "server.address": hostname,
      ...(port !== "" && { "server.port": Number(port) }),
    };
    return inSpan("gatehouse.provider", { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const carrier: Record<string, string> = {};
      propagation.inject(propagation.deleteBaggage(context.active()), carrier);
      const answer = await ask({ ...request, headers: { ...carrier, ...request.headers } });
      if (answer.kind === "answered") span.setAttribute("http.response.status_code", answer.status);
      else span.setStatus({ code: SpanStatusCode.ERROR });
      return answer;
    });
  };
}

/** The same plugin, with a span for what it decides before an operation is executed. */
export function tracePolicy(plugin: ApolloServerPlugin<ServerContext>): ApolloServerPlugin<ServerContext> {
  return {
    ...plugin,
    requestDidStart: async (requestContext) => {
      const listener = await plugin.requestDidStart?.(requestContext);
      if (!isTraced()) return listener;
      return {
        ...listener,
        responseForOperation: (resolved) =>
          inSpan("gatehouse.policy", {}, async (span) => {
            const response = (await listener?.responseForOperation?.(resolved)) ?? null;
            span.setAttribute("gatehouse.refused", response !== null);
            return response;
          }),
      };
    },
  };
}

async function recordExecution({
  operation,
}: GraphQLRequestContextExecutionDidStart<ServerContext>): Promise<GraphQLRequestExecutionListener<ServerContext>> {
  const span = findTracer().startSpan("gatehouse.execute");
  // Apollo's types promise an operation, but there is none for an unknown operationName.
  if (operation !== undefined) span.setAttribute("graphql.operation.type", operation.operation);
  return {
    executionDidEnd: async (error) => {
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** Records the execution of operations; spans that resolvers begin stand beside this one, below the request's. */
export function traceExecution(): ApolloServerPlugin<ServerContext> {
  return {
    requestDidStart: async () => (isTraced() ? { executionDidStart: recordExecution } : undefined),
  };
}
