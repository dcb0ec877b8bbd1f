import { describe, expect, onTestFinished, test } from "vitest";
import { respondWith } from "../support/scripted-provider.ts";
import type { Answer } from "../support/server.ts";
import { introspectionEnv, keys, type Stage, startStage } from "../support/stage.ts";
import { expectRefusal } from "./expect-refusal.ts";

/** A server of which each caller may ask twice a minute, and that asks a provider who knows tokens by their name. */
async function start(env: Record<string, string> = introspectionEnv): Promise<Stage> {
  const stage = await startStage({ env: { LIMIT_REQUESTS_PER_MINUTE: "2", ...env } });
  onTestFinished(stage.stop);
  const { claims, provider } = stage;
  provider.answers.set("/introspect", (response, body, request) => {
    const token = new URLSearchParams(body).get("token") ?? "";
    const answer = token.startsWith("good") ? { active: true, ...claims({ sub: token }) } : { active: false };
    const send = respondWith(200, answer);
    if (typeof send === "function") send(response, body, request);
  });
  return stage;
}

const ask = ({ server }: Stage, token?: string, headers: Record<string, string> = {}): Promise<Answer> =>
  server.query("{ publicMessage { message } }", { headers, ...(token !== undefined && { token }) });

const countCalls = ({ provider }: Stage): number => provider.calls.get("/introspect") ?? 0;

/** The statuses of requests with these tokens, one after the other, and how often the provider was asked meanwhile. */
async function askInTurn(stage: Stage, tokens: readonly (string | undefined)[]): Promise<[number[], number]> {
  const before = countCalls(stage);
  const statuses: number[] = [];
  for (const token of tokens) statuses.push((await ask(stage, token)).status);
  return [statuses, countCalls(stage) - before];
}

describe("an address that has sent as many requests as it may", () => {
  test("has no more made-up tokens looked up at the provider, however many it sends", async () => {
    const stage = await start();
    expect(await askInTurn(stage, ["a", "b", "c", "d", "e"])).toEqual([[200, 200, 429, 429, 429], 2]);
  });

  test("is told so as whoever sends too many, and when to come back", async () => {
    const stage = await start();
    await askInTurn(stage, ["a", "b"]);
    stage.clock.advance(15_000);
    const answer = await ask(stage, "c");
    expectRefusal(answer, 429, /Too many requests/);
    expect(answer.body.errors).toEqual([{ message: expect.any(String), extensions: { code: "RATE_LIMITED" } }]);
    expect(answer.headers.get("retry-after")).toBe("45");
  });

  test("has none looked up either when it sent requests without a token", async () => {
    const stage = await start();
    expect(await askInTurn(stage, [undefined, undefined, "a", "good"])).toEqual([[200, 200, 429, 429], 0]);
  });

  test("is another one than its neighbours", async () => {
    const stage = await start({ ...introspectionEnv, TRUSTED_PROXIES: "127.0.0.1" });
    const from = (address: string, token: string) => ask(stage, token, { "x-forwarded-for": address });
    for (const token of ["a", "b", "c"]) await from("2001:db8::1", token);
    expect((await from("2001:db8::2", "d")).status).toBe(429);
    expect(countCalls(stage)).toBe(2);
    expect((await from("2001:db8:0:1::1", "e")).status).toBe(200);
    expect(countCalls(stage)).toBe(3);
  });

  test("is looked up for again once its minute is over, and not before", async () => {
    const stage = await start();
    await askInTurn(stage, ["a", "b"]);
    stage.clock.advance(59_999);
    expect(await askInTurn(stage, ["c"])).toEqual([[429], 0]);
    stage.clock.advance(1);
    expect(await askInTurn(stage, ["d", "e", "f", "good"])).toEqual([[200, 200, 429, 429], 2]);
  });
});

describe("at an address that somebody else uses", () => {
  test("callers go on with the tokens that were good before, also when they are to be asked about anew", async () => {
    const stage = await start({ ...introspectionEnv, AUTH_INTROSPECTION_TTL_S: "0" });
    await askInTurn(stage, ["good", "a", "b", "c"]);
    expect(await askInTurn(stage, ["good", "d", "good-but-new"])).toEqual([[200, 429, 429], 1]);
  });

  test("a token that is no longer good is no longer let through", async () => {
    const stage = await start({ ...introspectionEnv, AUTH_INTROSPECTION_TTL_S: "0" });
    await askInTurn(stage, ["good"]);
    stage.provider.answers.set("/introspect", { active: false });
    await askInTurn(stage, ["good", "a"]);
    expect(await askInTurn(stage, ["good"])).toEqual([[429], 0]);
  });

  test("a token that was good is let through after an outage too", async () => {
    const stage = await start({ ...introspectionEnv, AUTH_INTROSPECTION_TTL_S: "0" });
    await askInTurn(stage, ["good"]);
    const answers = stage.provider.answers.get("/introspect") ?? {};
    stage.provider.answers.set("/introspect", respondWith(500));
    expect((await askInTurn(stage, ["good", "a", "b"]))[0]).toEqual([200, 200, 429]);
    stage.provider.answers.set("/introspect", answers);
    expect(await askInTurn(stage, ["good"])).toEqual([[200], 1]);
  });

  test("a caller that has sent as many as it may itself keeps nobody from being looked up", async () => {
    const stage = await start();
    expect(await askInTurn(stage, ["good", "good", "good", "good-too"])).toEqual([[200, 200, 429, 200], 2]);
  });

  test("whoever has no token is counted as ever", async () => {
    const stage = await start();
    expect(await askInTurn(stage, ["a", undefined, undefined])).toEqual([[200, 200, 429], 1]);
  });
});

test("signed tokens, which cost the provider nothing, are verified before anything is refused", async () => {
  const stage = await start({});
  const forged = (): string => stage.sign({}, {}, keys.attacker);
  const statuses = await askInTurn(stage, [forged(), forged(), forged(), stage.sign(), stage.sign({ sub: "other" })]);
  expect(statuses).toEqual([[200, 200, 429, 200, 200], 0]);
});

test("with no limit every token is looked up", async () => {
  const stage = await start({ ...introspectionEnv, LIMIT_REQUESTS_PER_MINUTE: "0" });
  expect(await askInTurn(stage, ["a", "b", "c", "d"])).toEqual([[200, 200, 200, 200], 4]);
});
