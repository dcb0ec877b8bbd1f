import { context, propagation, SpanKind, trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createApp } from "../../src/server/app.ts";
import { createSchema } from "../../src/server/schema.ts";
import { audience } from "../support/provider.ts";
import { findRequestLines, patience } from "../support/request-lines.ts";
import type { ScriptedProvider } from "../support/scripted-provider.ts";
import { introspectionEnv, type Stage, type StageOptions, startStage } from "../support/stage.ts";

const exporter = new InMemorySpanExporter();

/** Headers of every call to the introspection endpoint, by the token it was about. */
const received = new Map<string, NodeJS.Dict<string | string[]>>();

/** Answers that a token is active, once so many calls have come. */
function answerActive(provider: ScriptedProvider, once = 1): void {
  const waiting: (() => void)[] = [];
  provider.answers.set("/introspect", (response, body, request) => {
    received.set(new URLSearchParams(body).get("token") ?? "", request.headers);
    const claims = { active: true, sub: "subject-mark", aud: audience, email: "email-mark" };
    response.setHeader("content-type", "application/json");
    waiting.push(() => response.end(JSON.stringify({ ...claims, exp: Date.UTC(2031, 0, 2) / 1000 })));
    if (received.size >= once) for (const answer of waiting.splice(0)) answer();
  });
}

async function start(options: StageOptions = {}): Promise<Stage> {
  const stage = await startStage({ set: answerActive, env: introspectionEnv, ...options });
  onTestFinished(stage.stop);
  // What the start asked of the provider is over.
  await vi.waitFor(() => expect(stage.provider.calls.size).toBeGreaterThan(0), patience);
  return stage;
}

/** The ended spans of a trace, in the order in which they began. */
async function findSpans(traceId: string, count: number): Promise<readonly ReadableSpan[]> {
  const find = (): readonly ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
  await vi.waitFor(() => expect(find()).toHaveLength(count), patience);
  return find().toSorted((a, b) => toNs(a) - toNs(b));
}

const toNs = ({ startTime: [s, ns] }: ReadableSpan): number => s * 1e9 + ns;

/** `name < parent` for each span. */
function toTree(spans: readonly ReadableSpan[]): readonly string[] {
  const nameOf = (id: string | undefined): string | undefined =>
    spans.find((span) => span.spanContext().spanId === id)?.name ?? id;
  return spans.map((span) => `${span.name} < ${nameOf(span.parentSpanContext?.spanId)}`).toSorted();
}

const traceId = "0af7651916cd43dd8448eb211c80319c";
const callerSpanId = "b7ad6b7169203331";
const traceparent = `00-${traceId}-${callerSpanId}-01`;

describe("with an SDK loaded", () => {
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  beforeAll(() => provider.register());
  afterAll(async () => {
    await provider.shutdown();
    for (const api of [trace, context, propagation]) api.disable();
  });
  beforeEach(() => {
    exporter.reset();
    received.clear();
  });

  test("the spans of a request are one tree below the caller's, and the provider is told of its own", async () => {
    const { server } = await start();
    const headers = { traceparent, baggage: "note=baggage-mark" };
    const { status } = await server.query("query Look { privateMessage { message } }", { token: "opaque-1", headers });
    expect(status).toBe(200);
    const spans = await findSpans(traceId, 5);
    expect(toTree(spans)).toEqual([
      "gatehouse.authenticate < gatehouse.request",
      "gatehouse.execute < gatehouse.request",
      "gatehouse.policy < gatehouse.request",
      "gatehouse.provider < gatehouse.authenticate",
      `gatehouse.request < ${callerSpanId}`,
    ]);
    const call = spans.find(({ name }) => name === "gatehouse.provider");
    expect(call?.kind).toBe(SpanKind.CLIENT);
    expect(call?.attributes).toEqual({
      "http.request.method": "POST",
      "server.address": "127.0.0.1",
      "server.port": expect.any(Number),
      "http.response.status_code": 200,
    });
    const told = received.get("opaque-1");
    expect(told?.["traceparent"]).toBe(`00-${traceId}-${call?.spanContext().spanId}-01`);
    expect(told?.["baggage"]).toBeUndefined();
    expect(told?.["authorization"]).toMatch(/^Basic /);
    expect(spans.find(({ name }) => name === "gatehouse.request")).toMatchObject({
      kind: SpanKind.SERVER,
      attributes: {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
        "graphql.operation.name": "Look",
        "graphql.operation.type": "query",
      },
    });
    const [line] = await vi.waitFor(() => {
      const lines = findRequestLines(server.logs);
      expect(lines).toHaveLength(1);
      return lines;
    }, patience);
    expect(line?.["traceId"]).toBe(traceId);
  });

  test("no attribute, event or status has anything of a token, a claim, a secret, or the query", async () => {
    const fail = (): never => {
      throw new Error("error-mark");
    };
    const typeDefs = 'type Query { fail(note: String): Int, own: Int @requiresScope(scopes: "scope-a") }';
    const { server } = await start({ typeDefs, resolvers: { Query: { fail } } });
    const headers = { traceparent, cookie: "session=cookie-mark" };
    await server.query('query Q { fail(note: "note-mark") own }', { token: "opaque-2-mark", headers });
    await server.query("query Q { own }", { token: "opaque-2-mark", headers });
    await server.query('{ fail(note: "note-mark")', { token: "opaque 2-mark", headers });
    // The second token is known, and of the third request nothing is executed.
    const spans = await findSpans(traceId, 5 + 3 + 2);
    const told = JSON.stringify(
      spans.map(({ name, attributes, events, status, links }) => [name, attributes, events, status, links]),
    );
    expect(told).not.toMatch(/-mark|opaque|note|scope-a|fail/);
    const refused = spans.filter(({ name }) => name === "gatehouse.policy").map(({ attributes }) => attributes);
    expect(refused).toEqual([{ "gatehouse.refused": false }, { "gatehouse.refused": true }]);
    const rejected = spans.filter(({ attributes }) => attributes["gatehouse.outcome"] === "rejected");
    expect(rejected.map(({ attributes }) => attributes["gatehouse.reason"])).toEqual(["invalid_header"]);
  });

  test("a request without traceparent begins a trace, or is inside of what an HTTP instrumentation began", async () => {
    const { provider: issuer } = await start();
    const config = readConfig({ AUTH_ISSUER: issuer.issuer, AUTH_AUDIENCE: audience, LOG_LEVEL: "silent" });
    const { fastify } = await createApp({ config, schema: createSchema() });
    onTestFinished(() => fastify.close());
    const headers = { "apollo-require-preflight": "1" };
    // Awaited inside: only then is it sent.
    const ask = async (): Promise<void> => void (await fastify.inject({ url: "/graphql?query={__typename}", headers }));
    const findRequest = (): ReadableSpan | undefined =>
      exporter.getFinishedSpans().find(({ name }) => name === "gatehouse.request");
    await ask();
    expect(findRequest()).toMatchObject({ kind: SpanKind.SERVER, parentSpanContext: undefined });
    exporter.reset();
    const outer = trace.getTracer("http").startSpan("POST", { kind: SpanKind.SERVER });
    await context.with(trace.setSpan(context.active(), outer), ask);
    const { spanId } = outer.spanContext();
    expect(findRequest()).toMatchObject({ kind: SpanKind.INTERNAL, parentSpanContext: { spanId } });
  });

  test("each call to the provider is in the trace of its own request, also when it had to wait for others", async () => {
    // More requests than calls may be under way at the same time, which are 100.
    const { server } = await start({ set: (provider) => answerActive(provider, 100) });
    const numbers = Array.from({ length: 150 }, (_, i) => i);
    const toTraceId = (i: number): string => (i + 1).toString(16).padStart(32, "0");
    await Promise.all(
      numbers.map((i) => {
        const headers = { traceparent: `00-${toTraceId(i)}-${callerSpanId}-01` };
        return server.query("{ privateMessage { message } }", { token: `opaque-${i}`, headers });
      }),
    );
    const strays = numbers.filter((i) => {
      const told = received.get(`opaque-${i}`)?.["traceparent"];
      return typeof told !== "string" || !told.includes(toTraceId(i));
    });
    expect(strays).toEqual([]);
  });

  test("an operation that is not there is answered as ever", async () => {
    const { server } = await start();
    const headers = { "content-type": "application/json", traceparent };
    const body = JSON.stringify({ query: "query A { __typename }", operationName: "B" });
    expect((await fetch(`${server.url}/graphql`, { method: "POST", headers, body })).status).toBe(400);
    await findSpans(traceId, 4);
  });
});

test("without an SDK nothing is recorded or passed on, and a caller's traceparent is nobody's business", async () => {
  exporter.reset();
  const { server } = await start();
  const headers = { traceparent, baggage: "note=mark" };
  expect((await server.query("{ privateMessage { message } }", { token: "opaque-9", headers })).status).toBe(200);
  expect(exporter.getFinishedSpans()).toEqual([]);
  expect(received.get("opaque-9")).not.toHaveProperty("traceparent");
  await vi.waitFor(() => expect(findRequestLines(server.logs)).toHaveLength(1), patience);
  expect(findRequestLines(server.logs)[0]).not.toHaveProperty("traceId");
});
