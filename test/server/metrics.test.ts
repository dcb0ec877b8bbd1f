import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { findMetricsUrl } from "../support/metrics-url.ts";
import { patience } from "../support/request-lines.ts";
import { respondWith, type Script } from "../support/scripted-provider.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { introspectionEnv, type Stage, type StageOptions, startStage } from "../support/stage.ts";
import { waitUntilRefused } from "./wait-until-refused.ts";

const env = { METRICS_PORT: "0" };

async function read(server: TestServer): Promise<string> {
  const response = await fetch(findMetricsUrl(server));
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=/);
  return response.text();
}

/** Lines without comments, of one metric. */
function pick(text: string, name: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith(name));
}

/** The value of one series, as the text says it; undefined where there is none. */
function findValue(text: string, series: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** Reads the metrics until a series has a value: what belongs to an answer is counted just after it. */
function expectSeries({ server }: Stage, series: string, value: number | undefined): Promise<void> {
  return vi.waitFor(async () => expect(findValue(await read(server), series), series).toBe(value), patience);
}

async function start(options: StageOptions = {}): Promise<Stage> {
  const stage = await startStage({ ...options, env: { ...env, ...options.env } });
  onTestFinished(stage.stop);
  return stage;
}

describe("requests are counted", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ env });
  });
  afterAll(() => stage.stop());
  const both = "query Q { publicMessage { message } a: adminMessage { message } b: adminMessage { message } }";

  test("by their status and the type of their operation, and timed", async () => {
    await stage.server.query(both, { token: stage.sign() });
    await stage.server.query("{ privateMessage { message } }");
    await fetch(`${stage.server.url}/nothing`);
    await expectSeries(stage, 'gatehouse_http_requests_total{status="200",operation_type="query"}', 1);
    await expectSeries(stage, 'gatehouse_http_requests_total{status="401",operation_type="query"}', 1);
    await expectSeries(stage, 'gatehouse_http_requests_total{status="404",operation_type="none"}', 1);
    await expectSeries(stage, 'gatehouse_http_request_duration_seconds_count{operation_type="query"}', 2);
  });

  test("with every refused selection by coordinate, and what authentication came to", async () => {
    await stage.server.query("{ publicMessage { message } }", { token: stage.sign({ exp: stage.nowS - 3600 }) });
    await expectSeries(stage, 'gatehouse_refusals_total{coordinate="Query.adminMessage",code="FORBIDDEN"}', 2);
    await expectSeries(stage, 'gatehouse_refusals_total{coordinate="Query.privateMessage",code="UNAUTHENTICATED"}', 1);
    await expectSeries(stage, 'gatehouse_authentications_total{outcome="authenticated",reason=""}', 1);
    await expectSeries(stage, 'gatehouse_authentications_total{outcome="anonymous",reason=""}', 1);
    await expectSeries(stage, 'gatehouse_authentications_total{outcome="rejected",reason="token_expired"}', 1);
  });

  test("but those about health, which would hide the others", async () => {
    const count = async (): Promise<readonly string[]> =>
      pick(await read(stage.server), "gatehouse_http_request_duration_seconds_count");
    const before = await count();
    await fetch(`${stage.server.url}/health/ready`);
    await fetch(`${stage.server.url}/health/live`);
    await stage.server.query("{ publicMessage { message } }");
    await vi.waitFor(async () => expect(await count()).not.toEqual(before), patience);
    expect((await count()).join()).toContain('{operation_type="query"} 4');
    expect(pick(await read(stage.server), "gatehouse_http_requests_total").join()).not.toContain(
      '"200",operation_type="none"',
    );
  });

  test("with the delay of the event loop and the process's memory beside them", async () => {
    const text = await read(stage.server);
    for (const name of ["nodejs_eventloop_lag_p99_seconds", "process_resident_memory_bytes"])
      expect(findValue(text, name)).toBeGreaterThanOrEqual(0);
  });
});

test("what a client chooses makes no series of its own, whatever it sends", async () => {
  const stage = await start();
  const query = async (i: number): Promise<void> => {
    const token = stage.sign({ sub: `subject-${i}`, client_id: `client-${i}` });
    await stage.server.query(`query Name${i} { a${i}: adminMessage { message } publicMessage { message } }`, { token });
    await fetch(`${stage.server.url}/path-${i}?q=${i}`, { method: i % 2 === 0 ? "DELETE" : "GET" });
  };
  const names = async (): Promise<readonly string[]> =>
    pick(await read(stage.server), "gatehouse_").map((line) => line.slice(0, line.lastIndexOf(" ")));
  await query(0);
  await query(1);
  await expectSeries(stage, 'gatehouse_http_requests_total{status="404",operation_type="none"}', 2);
  const before = await names();
  await Promise.all(Array.from({ length: 30 }, (_, i) => query(i + 2)));
  await expectSeries(stage, 'gatehouse_http_requests_total{status="404",operation_type="none"}', 32);
  expect(await names()).toEqual(before);
  expect(before.join("\n")).not.toMatch(/Name|subject|client-|path-/);
});

test("a server's own failure in an operation is counted, though its status is 200", async () => {
  const resolvers = {
    Query: {
      fail: () => {
        throw new Error("No.");
      },
    },
  };
  const stage = await start({ typeDefs: "type Query { fail: Int }", resolvers });
  await stage.server.query("{ a: fail b: fail }");
  await expectSeries(stage, "gatehouse_operation_failures_total", 2);
});

describe("of the identity provider is told", () => {
  test("how often it was asked for what, what came of it, and how old its keys are", async () => {
    const stage = await start();
    const age = `gatehouse_key_set_age_seconds{issuer="${stage.provider.issuer}"}`;
    await expectSeries(stage, age, 0);
    stage.clock.advance(90_000);
    await expectSeries(stage, age, 90);
    await expectSeries(stage, 'gatehouse_provider_calls_total{endpoint="metadata",outcome="2xx"}', 1);
    await expectSeries(stage, 'gatehouse_provider_calls_total{endpoint="jwks",outcome="2xx"}', 1);
    await expectSeries(stage, 'gatehouse_provider_call_duration_seconds_count{endpoint="jwks"}', 1);
    expect(await read(stage.server)).not.toContain("gatehouse_circuit_state{");
  });

  test("how often a token had to be verified", async () => {
    const stage = await start();
    const token = stage.sign();
    for (const one of [token, token, token, stage.sign()]) await stage.server.query("{ __typename }", { token: one });
    await expectSeries(stage, 'gatehouse_token_cache_lookups_total{result="hit"}', 2);
    await expectSeries(stage, 'gatehouse_token_cache_lookups_total{result="miss"}', 2);
  });

  test("that it fails, whether it is still asked, and that it works again", async () => {
    const stage = await start({ env: introspectionEnv });
    const circuit = `gatehouse_circuit_state{issuer="${stage.provider.issuer}"}`;
    await expectSeries(stage, circuit, 0);
    let asked = 0;
    const ask = async (script: Script): Promise<void> => {
      stage.provider.answers.set("/introspect", script);
      asked += 1;
      await stage.server.query("{ __typename }", { token: `opaque-${asked}` });
    };
    for (let i = 0; i < 4; i += 1) await ask(respondWith(500));
    await ask((response) => void response.destroy());
    await expectSeries(stage, circuit, 2);
    await expectSeries(stage, 'gatehouse_provider_calls_total{endpoint="introspection",outcome="5xx"}', 4);
    await expectSeries(stage, 'gatehouse_provider_calls_total{endpoint="introspection",outcome="failed"}', 1);
    await expectSeries(
      stage,
      'gatehouse_authentications_total{outcome="unavailable",reason="provider_unavailable"}',
      5,
    );
    stage.clock.advance(5001);
    await expectSeries(stage, circuit, 1);
    await ask({ active: false });
    await expectSeries(stage, circuit, 0);
    await ask(respondWith(429, {}, { "retry-after": "60" }));
    await expectSeries(stage, circuit, 2);
  });
});

describe("the metrics' own server", () => {
  test("answers GET /metrics and nothing else, and the API's does not", async () => {
    const { server } = await start();
    const url = findMetricsUrl(server);
    expect((await fetch(url, { method: "POST" })).status).toBe(404);
    expect((await fetch(new URL("/graphql", url))).status).toBe(404);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  });

  test("still answers while the server finishes what is under way, and then stops", async () => {
    let release: () => void = () => {};
    let reached: () => void = () => {};
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const slow = (): Promise<number> => {
      reached();
      return new Promise((resolve) => {
        release = () => resolve(1);
      });
    };
    const { server } = await start({ typeDefs: "type Query { slow: Int }", resolvers: { Query: { slow } } });
    const url = findMetricsUrl(server);
    const answer = server.query("{ slow }");
    await isReached;
    const stopped = server.stop();
    await waitUntilRefused(server.url);
    expect(await read(server)).toContain("gatehouse_http_requests_total");
    release();
    expect((await answer).status).toBe(200);
    await stopped;
    await expect(fetch(url)).rejects.toThrow();
  });

  test("that cannot have its port keeps the API from starting", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await vi.waitFor(() => expect(taken.listening).toBe(true), patience);
    const { port } = taken.address() as AddressInfo;
    const starting = startServer({ issuer: "http://127.0.0.1:1", env: { METRICS_PORT: String(port) } });
    await expect(starting).rejects.toMatchObject({ code: "EADDRINUSE", port });
  });

  test("is not there without METRICS_PORT", async () => {
    const stage = await startStage();
    onTestFinished(stage.stop);
    expect(stage.server.logs.join("")).not.toContain("Metrics at");
  });
});
