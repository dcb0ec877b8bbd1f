import { describe, expect, test, vi } from "vitest";
import { holdUpEventLoop } from "../support/hold-up.ts";
import { type Answer, readAnswer, startServerForTest, type TestServer } from "../support/server.ts";
import { expectRefusal } from "./expect-refusal.ts";

const query = "{ publicMessage { message } }";
const start = (env: Record<string, string>): Promise<TestServer> =>
  startServerForTest({ issuer: "http://127.0.0.1:1", env: { CLIENT_ORIGIN_URL: "https://app.example.com", ...env } });

const get = async ({ url }: TestServer, path: string): Promise<Answer> => readAnswer(await fetch(`${url}${path}`));

// What is late is measured over a second.
const patience = { timeout: 30_000, interval: 100 };

describe("while the event loop is late", () => {
  test("requests are turned away with 503, words, a code and when to come back, until it is not any more", async () => {
    const server = await start({ LIMIT_EVENT_LOOP_DELAY_MS: "20" });
    expect((await server.query(query)).status).toBe(200);
    const letGo = holdUpEventLoop();
    const answer = await vi.waitFor(async () => {
      const late = await server.query(query, { headers: { origin: "https://app.example.com" } });
      expect(late.status).toBe(503);
      return late;
    }, patience);
    expectRefusal(answer, 503, /too much to do/);
    expect(answer.body.errors).toEqual([{ message: expect.any(String), extensions: { code: "SERVICE_UNAVAILABLE" } }]);
    expect(answer.headers.get("retry-after")).toBe("10");
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
    expect((await get(server, "/.well-known/oauth-protected-resource")).status).toBe(503);
    letGo();
    await vi.waitFor(async () => expect((await server.query(query)).status).toBe(200), patience);
    await vi.waitFor(async () => expect((await get(server, "/health/ready")).status).toBe(200), patience);
    // It is not the server's mistake, and would be one line a request.
    expect(server.logs.join("")).not.toMatch(/failed in the server|overloaded/);
  });

  test("the process is live, and not ready", async () => {
    const server = await start({ LIMIT_EVENT_LOOP_DELAY_MS: "20" });
    holdUpEventLoop();
    const { body } = await vi.waitFor(async () => {
      const answer = await get(server, "/health/ready");
      expect(answer.status).toBe(503);
      return answer;
    }, patience);
    expect(body).toEqual({ status: "overloaded" });
    const { status, body: live } = await get(server, "/health/live");
    expect([status, live]).toEqual([200, { status: "live" }]);
  });

  test("with 0 nobody is turned away", async () => {
    const [limited, unlimited] = [
      await start({ LIMIT_EVENT_LOOP_DELAY_MS: "20" }),
      await start({ LIMIT_EVENT_LOOP_DELAY_MS: "0" }),
    ];
    holdUpEventLoop();
    await vi.waitFor(async () => expect((await limited.query(query)).status).toBe(503), patience);
    expect((await unlimited.query(query)).status).toBe(200);
    expect((await get(unlimited, "/health/ready")).status).toBe(200);
  });
});
