import { describe, expect, test } from "vitest";
import { type Caller, createCallers } from "./caller.ts";
import type { Method } from "./replica.ts";
import { createTally } from "./tally.ts";
import { createOpaqueTokenSource, createSignedTokenSource } from "./tokens.ts";
import { type Answer, judge, type Leeway } from "./verdict.ts";

const issuer = "http://127.0.0.1:1";
const callersOf = {
  jwks: createCallers("jwks", createSignedTokenSource(issuer)),
  introspection: createCallers("introspection", createOpaqueTokenSource(issuer, "secret")),
};

function findCaller(method: Method, name: string): Caller {
  const caller = callersOf[method].find((one) => one.name === name);
  if (caller === undefined) throw new Error(`There is no caller ${name}.`);
  return caller;
}

const privateData = { privateMessage: { message: "The API successfully validated your access token." } };
const granted: Answer = {
  status: 200,
  body: JSON.stringify({ data: privateData }),
  headers: {},
  sentAtMs: 100,
  answeredAtMs: 110,
};

function refused(status: number, code: string, reason: string): Answer {
  const body = JSON.stringify({ errors: [{ path: ["privateMessage"], extensions: { code, reason } }] });
  const headers = status === 503 ? { "retry-after": "5" } : { "www-authenticate": "Bearer" };
  return { ...granted, status, body, headers };
}

const outage = refused(503, "SERVICE_UNAVAILABLE", "provider_unavailable");
const unknownKey = refused(401, "UNAUTHENTICATED", "invalid_token");
const never: Leeway = { outages: [], newKeys: [] };
const now: Leeway = { outages: [{ fromMs: 105, toMs: 200 }], newKeys: [{ fromMs: 105, toMs: 200 }] };
const before: Leeway = { outages: [{ fromMs: 0, toMs: 99 }], newKeys: [{ fromMs: 0, toMs: 99 }] };

describe("the load test's verdict", () => {
  test.each<[string, Method, string, Answer, Leeway, string]>([
    ["the data of whom it is for", "jwks", "a member, private", granted, never, "right"],
    ["the data of somebody else", "jwks", "nobody, private", granted, now, "wrong"],
    [
      "data beside a refusal",
      "jwks",
      "a forged token",
      { ...unknownKey, body: `{"data":${JSON.stringify(privateData)},${unknownKey.body.slice(1)}` },
      now,
      "wrong",
    ],
    ["a refusal without its challenge", "jwks", "a forged token", { ...unknownKey, headers: {} }, never, "wrong"],
    ["a refusal with its challenge", "jwks", "a forged token", unknownKey, never, "right"],
    [
      "a 401 in an outage",
      "introspection",
      "a newcomer, private",
      refused(401, "UNAUTHENTICATED", "token_inactive"),
      now,
      "wrong",
    ],
    ["a 503 in an outage", "introspection", "a newcomer, private", outage, now, "unavailable"],
    ["a 503 after an outage", "introspection", "a newcomer, private", outage, before, "wrong"],
    ["a 503 for whom is known", "introspection", "a member, private", outage, now, "wrong"],
    ["a 503 where keys are", "jwks", "a newcomer, private", outage, now, "wrong"],
    ["a 401 for a new key", "jwks", "a newcomer, private", unknownKey, now, "key unknown"],
    ["a 401 for a key that is no longer new", "jwks", "a newcomer, private", unknownKey, before, "wrong"],
    ["a 401 for an old key", "jwks", "a member, private", unknownKey, now, "wrong"],
    ["a proxy's own answer", "jwks", "a member, private", { ...granted, status: 502, body: "<html>" }, now, "lost"],
    [
      "a server that says it is closing",
      "jwks",
      "a member, private",
      { ...granted, status: 503, body: "{}" },
      now,
      "wrong",
    ],
  ])("calls %s (%s, %s) what it is", (_what, method, name, answer, leeway, verdict) => {
    expect(judge(answer, findCaller(method, name), leeway)).toBe(verdict);
  });

  test("calls a request lost that has no answer when the next one is sent, and an answer to no request wrong", () => {
    const tally = createTally(findCaller("jwks", "a member, private"), never, 0);
    tally.send();
    const { id } = tally.send();
    tally.receive({ ...granted, headers: { "x-request": id } });
    tally.receive({ ...granted, headers: { "x-request": id } });
    expect(tally.counts).toMatchObject({ right: 1, lost: 1, wrong: 1 });
    expect(tally.complaints).toHaveLength(2);
  });
});
