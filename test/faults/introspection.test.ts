import type { ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { audience } from "../support/provider.ts";
import { respondWith, type Script } from "../support/scripted-provider.ts";
import type { Answer } from "../support/server.ts";
import { introspectionEnv, providerWords, type Stage, type StageOptions, startStage } from "../support/stage.ts";
import { ask, countStatuses, expectNothingTold, expectOutage, expectRefused, expectService } from "./expect-answer.ts";

const second = 1000;
const good = { active: true, aud: audience, sub: "subject-mark" };

async function start({ env, ...options }: StageOptions = {}): Promise<Stage> {
  const stage = await startStage({
    set: ({ answers }) => void answers.set("/introspect", good),
    ...options,
    env: { ...introspectionEnv, ...env },
  });
  onTestFinished(stage.stop);
  return stage;
}

const createToken = (): string => `opaque-token-mark-${crypto.randomUUID()}`;

const serve = ({ provider }: Stage, introspect: Script): unknown => provider.answers.set("/introspect", introspect);

const countCalls = ({ provider }: Stage, path = "/introspect"): number => provider.calls.get(path) ?? 0;

/** As many callers at once, each with a token of their own. */
const askOften = (stage: Stage, times: number): Promise<Answer>[] =>
  Array.from({ length: times }, () => ask(stage, createToken()));

/** Holds every answer back; what was held is answered by the function it returns. */
function hold(stage: Stage): (answer: object) => void {
  const held: ServerResponse[] = [];
  serve(stage, (response) => void held.push(response));
  return (answer) => {
    for (const response of held.splice(0)) response.end(JSON.stringify(answer));
  };
}

/** Longer than a breaker stops calls, and than what is discovered anew takes. */
const recovery = 15 * second;

test("a provider that is down at the start is no caller's fault, and serves within 20 seconds of coming back", async () => {
  const stage = await start({
    set: ({ answers, goDown }) => {
      answers.set("/introspect", good);
      return goDown();
    },
  });
  for (let round = 0; round < 6; round += 1) {
    await expectOutage(stage, createToken());
    stage.clock.advance(second);
  }
  expect((await stage.server.query("{ privateMessage { message } }")).status).toBe(401);
  await expectRefused(stage, "a b", "invalid_header");
  await stage.provider.comeBack();
  stage.clock.advance(20 * second);
  await expectService(stage, createToken());
});

describe("a provider that dies under load", () => {
  test("leaves nobody without an answer, calls nobody's token bad, and serves all when it is back", async () => {
    const stage = await start();
    await expectService(stage, createToken());
    hold(stage);
    const waiting = askOften(stage, 60);
    await expect.poll(() => countCalls(stage)).toBeGreaterThan(30);
    const dying = stage.provider.goDown();
    const late = askOften(stage, 20);
    await dying;
    expect(await countStatuses([...waiting, ...late])).toEqual({ 503: 80 });
    serve(stage, good);
    await stage.provider.comeBack();
    stage.clock.advance(recovery);
    await expectService(stage, createToken());
    expect(await countStatuses(askOften(stage, 80))).toEqual({ 200: 80 });
    expectNothingTold(stage, []);
  });

  test("serves on whom it has just vouched for, for as long as that holds and no longer", async () => {
    const stage = await start();
    const token = createToken();
    await expectService(stage, token);
    await stage.provider.goDown();
    stage.clock.advance(29 * second);
    await expectService(stage, token);
    stage.clock.advance(second);
    await expectOutage(stage, token);
    await stage.provider.comeBack();
    stage.clock.advance(recovery);
    await expectService(stage, token);
  });

  test("and comes back, again and again, never makes a good token a bad one", async () => {
    const stage = await start();
    for (let round = 0; round < 4; round += 1) {
      expect(await countStatuses(askOften(stage, 10))).toEqual({ 200: 10 });
      await stage.provider.goDown();
      expect(await countStatuses(askOften(stage, 10))).toEqual({ 503: 10 });
      await stage.provider.comeBack();
      stage.clock.advance(recovery);
      await expectService(stage, createToken());
    }
  });
});

describe("a provider that fails", () => {
  const failures: readonly (readonly [string, Script])[] = [
    ["an error", respondWith(500, providerWords)],
    ["a bad gateway's page", respondWith(502, `<html>${providerWords}</html>`)],
    ["a refusal of our credentials", respondWith(401, { error: providerWords })],
    ["another such refusal", respondWith(403, { error: providerWords })],
    ["nothing there", respondWith(404, providerWords)],
    ["a redirect", respondWith(302, good, { location: "/elsewhere" })],
    ["a redirect that posts the token again", respondWith(307, good, { location: "/elsewhere" })],
    ["another shape", { active: "true", aud: audience }],
    ["a list", [good]],
    ["a web page", respondWith(200, `<html>${providerWords}</html>`)],
    ["nothing", respondWith(200, "")],
    ["more than 256 KiB", { ...good, filler: "x".repeat(256 * 1024) }],
    ["half of it", respondWith(200, JSON.stringify(good).slice(0, -1))],
    ["a cut connection", (response) => response.destroy()],
  ];

  test.each(failures)("with %s is not followed, and serves within 15 seconds of mending", async (_, failure) => {
    const stage = await start();
    stage.provider.answers.set("/elsewhere", good);
    await expectService(stage, createToken());
    serve(stage, failure);
    for (let round = 0; round < 4; round += 1) await expectOutage(stage, createToken());
    expect(countCalls(stage, "/elsewhere")).toBe(0);
    serve(stage, good);
    stage.clock.advance(recovery);
    await expectService(stage, createToken());
  });

  test("again and again is spared: few calls however many callers, and one to see whether it is well", async () => {
    const stage = await start();
    await expectService(stage, createToken());
    serve(stage, respondWith(503));
    for (let round = 0; round < 20; round += 1) await expectOutage(stage, createToken());
    const calls = countCalls(stage);
    expect(calls).toBeLessThan(15);
    expect(await countStatuses(askOften(stage, 20))).toEqual({ 503: 20 });
    expect(countCalls(stage)).toBe(calls);
    stage.clock.advance(recovery);
    await expectOutage(stage, createToken());
    expect(countCalls(stage)).toBe(calls + 1);
  });

  test("with 400 for some tokens is not taken for one that is down", async () => {
    const stage = await start({
      set: ({ answers }) => void answers.set("/introspect", respondWith(400, providerWords)),
    });
    for (let round = 0; round < 20; round += 1) await expectRefused(stage, createToken(), "invalid_token");
    serve(stage, good);
    await expectService(stage, createToken());
  });

  test("with 429 is left alone for as long as it asks", async () => {
    const stage = await start();
    serve(stage, respondWith(429, providerWords, { "retry-after": "30" }));
    await expectOutage(stage, createToken());
    serve(stage, good);
    const calls = countCalls(stage);
    stage.clock.advance(29 * second);
    await expectOutage(stage, createToken());
    expect(countCalls(stage)).toBe(calls);
    stage.clock.advance(second);
    await expectService(stage, createToken());
  });
});

describe("a slow provider", () => {
  test("is asked once about one token, however many callers wait, and though the first of them leaves", async () => {
    const stage = await start({ env: { AUTH_TIMEOUT_MS: "60000" } });
    await expectService(stage, createToken());
    const release = hold(stage);
    const token = createToken();
    const calls = countCalls(stage);
    const leaving = new AbortController();
    const first = fetch(`${stage.server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: "{ privateMessage { message } }" }),
      signal: leaving.signal,
    });
    await expect.poll(() => countCalls(stage)).toBe(calls + 1);
    const others = Array.from({ length: 100 }, () => ask(stage, token));
    leaving.abort();
    await expect(first).rejects.toThrow("aborted");
    release(good);
    expect(await countStatuses(others)).toEqual({ 200: 100 });
    expect(countCalls(stage)).toBe(calls + 1);
  });

  test("that is too slow is an outage, also drop by drop, and keeps nobody from what is public", async () => {
    const stage = await start({ env: { AUTH_TIMEOUT_MS: "200" } });
    serve(stage, (response) => {
      const drops = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drops));
    });
    await expectOutage(stage, createToken());
    serve(stage, () => {});
    await expectOutage(stage, createToken());
    serve(stage, good);
    stage.clock.advance(recovery);
    await expectService(stage, createToken());
  });
});

describe("a provider that changes its mind", () => {
  test("about a token is believed within 30 seconds", async () => {
    const stage = await start();
    const token = createToken();
    await expectService(stage, token);
    serve(stage, { active: false });
    stage.clock.advance(30 * second);
    await expectRefused(stage, token, "token_inactive");
  });

  test("about a token that it did not know is believed within 10 seconds", async () => {
    const stage = await start({ set: () => {} });
    const token = createToken();
    await expectRefused(stage, token, "token_inactive");
    serve(stage, good);
    stage.clock.advance(10 * second);
    await expectService(stage, token);
  });

  test("about its address is followed when the old one fails", async () => {
    const stage = await start();
    await expectService(stage, createToken());
    const { issuer, answers } = stage.provider;
    answers.set("/.well-known/openid-configuration", { issuer, introspection_endpoint: `${issuer}/moved` });
    answers.set("/moved", good);
    answers.delete("/introspect");
    expect((await ask(stage, createToken())).status).toBe(503);
    await expectService(stage, createToken());
  });
});
