import { once } from "node:events";
import { connect } from "node:net";
import createFastify from "fastify";
import { GraphQLError } from "graphql";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { createLogController } from "../../src/server/request-log.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { findRequestLines, patience, type RequestLine } from "../support/request-lines.ts";
import { startServer, startServerForTest, type TestServer } from "../support/server.ts";

const typeDefs = `
  type Query { open: Int, fail: Int, odd: Int, hang: Int, own: Int @auth, rows: [Row!], secret(a: Int @requiresScope(scopes: "b")): Int }
  type Row { cell: Int @requiresScope(scopes: "a") }`;
let hanging: () => void = () => {};
const resolvers = {
  Query: {
    open: () => 1,
    fail: () => {
      throw new Error("This is the server's fault.");
    },
    odd: () => {
      throw new GraphQLError("No such status.", { extensions: { http: { status: 9 } } });
    },
    hang: () => {
      hanging();
      return new Promise(() => {});
    },
    rows: () => [{}, {}],
  },
};

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer, typeDefs, resolvers });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

/** The one line of what a test does; it is written just after the answer. */
async function findLine(act: () => Promise<unknown>, from: TestServer = server): Promise<RequestLine> {
  const before = findRequestLines(from.logs).length;
  await act();
  const lines = await vi.waitFor(() => {
    const found = findRequestLines(from.logs).slice(before);
    expect(found).not.toEqual([]);
    return found;
  }, patience);
  expect(lines).toHaveLength(1);
  const [line] = lines;
  if (line === undefined) throw new Error("There is no line.");
  return line;
}

describe("the line of a request", () => {
  test("says who asked for what, what became of it and how long it took, and not what the query was", async () => {
    const token = await provider.sign({ sub: "user-1", client_id: "app-1" });
    const line = await findLine(() => server.query("query Look { open own }", { token }));
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      pid: process.pid,
      hostname: expect.any(String),
      requestId: expect.stringMatching(/^[0-9a-f]{16}-\d+$/),
      method: "POST",
      path: "/graphql",
      status: 200,
      durationMs: expect.any(Number),
      operation: "Look",
      // printf 'query Look { open own }' | sha256sum
      hash: "70e5c581436a408c",
      type: "query",
      caller: "authenticated",
      subject: "user-1",
      clientId: "app-1",
      msg: "A request was answered.",
    });
  });

  test("tells each coordinate that was refused once, before executing and while", async () => {
    const refused = await findLine(() => server.query("{ own again: own }"));
    expect(refused).toMatchObject({ status: 401, caller: "anonymous" });
    expect(refused["refusals"]).toEqual([{ coordinate: "Query.own", code: "UNAUTHENTICATED", count: 2 }]);
    const token = await provider.sign();
    const inPart = await findLine(() => server.query("{ open secret(a: 1) rows { cell } }", { token }));
    expect(inPart).toMatchObject({ status: 200, caller: "authenticated" });
    expect(inPart["refusals"]).toEqual([
      { coordinate: "Query.secret(a:)", code: "FORBIDDEN" },
      { coordinate: "Row.cell", code: "FORBIDDEN" },
    ]);
  });

  test("tells refusals of its own request only, however many are under way", async () => {
    const before = findRequestLines(server.logs).length;
    const queries = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? "{ open rows { cell } }" : "{ open own }"));
    await Promise.all(queries.map((query) => server.query(query)));
    await vi.waitFor(() => expect(findRequestLines(server.logs)).toHaveLength(before + queries.length), patience);
    const told = findRequestLines(server.logs)
      .slice(before)
      .map(({ refusals }) => JSON.stringify(refusals));
    const one = (coordinate: string): string => JSON.stringify([{ coordinate, code: "UNAUTHENTICATED" }]);
    expect(told.toSorted()).toEqual([...Array(10).fill(one("Query.own")), ...Array(10).fill(one("Row.cell"))]);
  });

  test("says why a token was rejected, and nothing of whose it claims to be", async () => {
    const token = await provider.sign({ sub: "nobody-knows", aud: "https://other.example.com" });
    const line = await findLine(() => server.query("{ open }", { token }));
    expect(line).toMatchObject({ status: 200, caller: "rejected", reason: "invalid_claims" });
    expect(JSON.stringify(line)).not.toContain("nobody-knows");
  });

  test("is a warning when the token could not be checked, and the whole request has no coordinate", async () => {
    const env = { AUTH_INVALID_TOKEN: "refuse-request" };
    const cut = await startServerForTest({ issuer: "http://127.0.0.1:1", typeDefs, resolvers, env });
    const token = await provider.sign({ iss: "http://127.0.0.1:1" });
    const line = await findLine(() => cut.query("{ open }", { token }), cut);
    expect(line).toMatchObject({ level: 40, status: 503, caller: "unavailable", reason: "provider_unavailable" });
    expect(line["refusals"]).toEqual([{ code: "SERVICE_UNAVAILABLE" }]);
  });

  test("counts what failed in the server, and the error's own line names the request", async () => {
    const line = await findLine(() => server.query("{ open fail }"));
    expect(line).toMatchObject({ level: 30, status: 200, failures: 1 });
    const errors = server.logs
      .map((text) => JSON.parse(text))
      .filter(({ msg }) => msg.startsWith("An operation failed"));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ requestId: line["requestId"], err: { message: "This is the server's fault." } });
  });

  test("is named by the line of what fails outside of an operation, too", async () => {
    const line = await findLine(() => server.query("{ odd }"));
    expect(line).toMatchObject({ status: 500 });
    const errors = server.logs.map((text) => JSON.parse(text)).filter(({ msg }) => msg.startsWith("A request failed"));
    expect(errors.map(({ requestId }) => requestId)).toEqual([line["requestId"]]);
  });

  test("has no query string, and no more of a client's words than fits", async () => {
    const get = (path: string) => () => fetch(`${server.url}${path}`, { headers: { "apollo-require-preflight": "1" } });
    const name = "N".repeat(5000);
    const line = await findLine(get(`/graphql?query=${encodeURIComponent(`query ${name} { open }`)}&variables={}`));
    expect(line).toMatchObject({ method: "GET", path: "/graphql", status: 200, operation: "N".repeat(100) });
    expect(JSON.stringify(line).length).toBeLessThan(700);
    expect(await findLine(get(`/${"p".repeat(5000)}?token=1`))).toMatchObject({
      status: 404,
      path: `/${"p".repeat(199)}`,
    });
  });

  test("is not told at info of health checks, however their URL is written", async () => {
    const line = await findLine(async () => {
      for (const path of ["/health/live", "/%68ealth/live"]) expect((await fetch(server.url + path)).status).toBe(200);
      await server.query("query AfterHealth { open }");
    });
    expect(line).toMatchObject({ operation: "AfterHealth" });
  });

  test("bounds how many refusals it names, and says that there are more", async () => {
    const fields = Array.from({ length: 25 }, (_, i) => `f${i}: Int @auth`).join("\n");
    const env = { LIMIT_ROOT_FIELDS: "25" };
    const many = await startServerForTest({ issuer: provider.issuer, typeDefs: `type Query { ${fields} }`, env });
    const query = `{ ${Array.from({ length: 25 }, (_, i) => `a${i}: f${i}`).join(" ")} }`;
    const line = await findLine(() => many.query(query), many);
    expect(line["refusals"]).toHaveLength(20);
    expect(line["moreRefusals"]).toBe(5);
  });
});

describe("there is a line also for", () => {
  test.each([
    ["a body that is no JSON", "POST", "/graphql", "{", 400],
    ["a query that cannot be parsed", "POST", "/graphql", '{"query":"{"}', 400],
    ["an operation that is not there", "POST", "/graphql", '{"query":"{ open }","operationName":"Other"}', 400],
    ["a body that is too long", "POST", "/graphql", `"${"x".repeat(200_000)}"`, 413],
    ["a URL that is none", "GET", "/%zz", undefined, 400],
    ["what is not there", "GET", "/nothing", undefined, 404],
  ])("%s", async (_what, method, path, body, status) => {
    const headers = { "content-type": "application/json" };
    const init = body === undefined ? { method } : { method, headers, body };
    const line = await findLine(() => fetch(`${server.url}${path}`, init).then((response) => response.text()));
    expect(line).toMatchObject({ level: 30, method, status });
    expect(line["operation"]).toBeUndefined();
  });

  test("a request whose client hangs up, with status 499", async () => {
    const reached = new Promise<void>((resolve) => {
      hanging = resolve;
    });
    const abort = new AbortController();
    const line = await findLine(async () => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ query: "query Slow { hang }" });
      const answer = fetch(`${server.url}/graphql`, { method: "POST", headers, body, signal: abort.signal });
      const broken = expect(answer).rejects.toThrow();
      await reached;
      abort.abort();
      await broken;
    });
    expect(line).toMatchObject({ level: 30, status: 499, operation: "Slow", msg: "A request was broken off." });
  });

  test("what cannot be read as HTTP, by Node's code for it and no more", async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.resume().write("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n");
    await once(socket, "close");
    const line = server.logs.map((text) => JSON.parse(text)).find(({ code }) => code !== undefined);
    expect(line).toMatchObject({ status: 400, code: expect.stringMatching(/^HPE_/) });
  });
});

test.each([
  ["info", []],
  ["debug", [20, 20]],
])("checks of the server's health are not told at level %s", async (level, expected) => {
  const quiet = await startServerForTest({ issuer: provider.issuer, env: { LOG_LEVEL: level } });
  await fetch(`${quiet.url}/health/live`);
  await fetch(`${quiet.url}/health/ready`);
  await quiet.query("{ publicMessage { message } }");
  const levels = (): number[] => findRequestLines(quiet.logs).map((line) => line.level);
  await vi.waitFor(() => expect(levels()).toEqual([...expected, 30]), patience);
});

test("an answer to a connection that was cut before it is none", async () => {
  const statuses: number[] = [];
  const fastify = createFastify({ logController: createLogController(({ status }) => statuses.push(status)) });
  onTestFinished(() => fastify.close());
  fastify.get("/", (request, reply) => {
    request.raw.socket.destroy();
    reply.send("too late");
  });
  await expect(fetch(await fastify.listen())).rejects.toThrow();
  await vi.waitFor(() => expect(statuses).toEqual([499]), patience);
});
