import { beforeEach, describe, expect, test } from "vitest";
import { createAnswerSeal, type SharedAnswer, toAnswerKey } from "../src/authentication/answer-seal.ts";
import type { AnswerStore } from "../src/authentication/answer-store.ts";
import {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
} from "../src/authentication/authenticator.ts";
import { type Issuer, type IssuerOptions, parseIssuer } from "../src/authentication/issuer.ts";
import type { ProviderAnswer } from "../src/authentication/provider-client.ts";
import { createStillClock, type TestClock } from "./support/clock.ts";
import { createSigner } from "./support/signer.ts";

const second = 1000;
const options = {
  issuer: "https://provider.example.com",
  audience: "https://api.example.com",
  method: "introspection",
  introspectionEndpoint: "https://provider.example.com/introspect",
  clientId: "api",
  clientSecret: "the-secret-of-the-api",
} as const satisfies IssuerOptions;

function parse(changes: Partial<IssuerOptions> = {}): Issuer {
  const result = parseIssuer({ ...options, ...changes });
  if (result.kind === "invalid") throw new Error(JSON.stringify(result.problems));
  return result.issuer;
}

let clock: TestClock;
let entries: Map<string, { value: string; ttlMs: number }>;
let isDown: boolean;
let isFull: boolean;
let claims: Readonly<Record<string, unknown>>;
let calls: number;
beforeEach(() => {
  clock = createStillClock();
  entries = new Map();
  isDown = false;
  isFull = false;
  calls = 0;
  claims = { active: true, sub: "somebody", aud: options.audience, exp: clock.wallMs() / second + 3600 };
});

const check = (): void => {
  if (isDown) throw new Error("down");
};
/** Keeps everything forever: what the times are good for is seen without a Redis that keeps them. */
const store: AnswerStore = {
  get: async (key) => {
    check();
    return entries.get(key)?.value;
  },
  add: async (key, value, ttlMs) => {
    check();
    if (isFull) throw new Error("full");
    if (!entries.has(key)) entries.set(key, { value, ttlMs });
  },
};

function start(changes: Partial<IssuerOptions> = {}, more: Partial<AuthenticatorOptions> = {}): Authenticator {
  const askProvider = async (): Promise<ProviderAnswer> => {
    calls += 1;
    return { kind: "answered", status: 200, json: claims };
  };
  return createAuthenticator({
    issuers: [{ ...options, ...changes }],
    answerStore: store,
    clock,
    askProvider,
    ...more,
  });
}

async function ask(authenticate: Authenticator, token = "token"): Promise<string> {
  const authentication = await authenticate({ headers: { authorization: `Bearer ${token}` } });
  return "error" in authentication ? authentication.error.reason : authentication.kind;
}

/** Puts an answer into the store that somebody with these options has sealed. */
function put(answer: Partial<SharedAnswer>, changes: Partial<IssuerOptions> = {}, token = "token"): void {
  const key = toAnswerKey(parse(), token);
  const whole = { claims, askedAtMs: clock.wallMs(), ...answer };
  entries.set(key, { value: createAnswerSeal(parse(changes)).close(key, whole), ttlMs: 0 });
}

describe("a shared answer", () => {
  test("is believed until its time is over, counted from when the provider was asked", async () => {
    put({ askedAtMs: clock.wallMs() - 29 * second });
    const authenticate = start();
    expect(await ask(authenticate)).toBe("authenticated");
    clock.advance(999);
    expect(await ask(authenticate)).toBe("authenticated");
    expect(calls).toBe(0);
    clock.advance(1);
    expect(await ask(authenticate)).toBe("authenticated");
    expect(calls).toBe(1);
  });

  test("of a longer time is believed for the reader's own", async () => {
    put({ askedAtMs: clock.wallMs() - 5 * second });
    await ask(start({ introspectionTtlS: 5 }));
    expect(calls).toBe(1);
    await ask(start({ introspectionTtlS: 6 }));
    expect(calls).toBe(1);
  });

  test("from a clock that is ahead is believed while it is in the store, and from one far behind not at all", async () => {
    put({ askedAtMs: clock.wallMs() + 3600 * second });
    expect(await ask(start())).toBe("authenticated");
    expect(calls).toBe(0);
    put({ askedAtMs: clock.wallMs() - 3600 * second });
    expect(await ask(start())).toBe("authenticated");
    expect(calls).toBe(1);
  });

  test("is checked like the provider's own", async () => {
    const checks: [Readonly<Record<string, unknown>>, string][] = [
      [{ aud: "https://other.example.com" }, "invalid_claims"],
      [{ iss: "https://other.example.com" }, "invalid_claims"],
      [{ exp: clock.wallMs() / second - 10 }, "token_expired"],
      [{ exp: "never" }, "invalid_claims"],
      [{ nbf: clock.wallMs() / second + 60 }, "invalid_claims"],
      [{ token_type: "refresh_token" }, "invalid_token"],
    ];
    for (const [changes, reason] of checks) {
      put({ claims: { ...claims, ...changes } });
      expect(await ask(start())).toBe(reason);
    }
    expect(calls).toBe(0);
  });

  test.each<[string, () => void]>([
    ["was sealed with another secret", () => put({}, { clientSecret: "another-secret-of-an-api" })],
    ["was sealed with a key instead", () => put({}, { clientSecret: undefined, clientKey: toPem() })],
    ["was sealed for another issuer", () => put({}, { issuer: "https://other.example.com" })],
    ["was moved from another token", () => move("other")],
    ["was changed", () => change((value) => value.replace("somebody", "somebodx"))],
    ["was cut short", () => change((value) => value.slice(0, 20))],
    ["has no seal", () => change((value) => value.slice(44))],
    ["is no object", () => put({ claims: [] as never })],
    ["does not tell its age", () => put({ askedAtMs: undefined as never })],
  ])("that %s is none", async (_what, spoil) => {
    put({});
    spoil();
    claims = { active: false };
    expect(await ask(start())).toBe("token_inactive");
    expect(calls).toBe(1);
  });

  test("of a token is not looked for under another API's name, nor of another issuer's", () => {
    const all = [parse(), parse({ clientId: "other" }), parse({ issuer: "https://other.example.com" })];
    expect(new Set(all.map((issuer) => toAnswerKey(issuer, "token"))).size).toBe(3);
  });
});

describe("an answer of the provider", () => {
  test("is kept for the rest of its time, and not past exp", async () => {
    await ask(start({ introspectionTtlS: 600 }));
    expect([...entries.values()][0]?.ttlMs).toBe(600 * second);
    entries.clear();
    claims = { ...claims, exp: clock.wallMs() / second + 20.5 };
    await ask(start({ introspectionTtlS: 600 }));
    expect([...entries.values()][0]?.ttlMs).toBe(20_500);
    entries.clear();
    // Within the tolerance for clocks it passes.
    claims = { ...claims, exp: clock.wallMs() / second - 1 };
    expect(await ask(start())).toBe("authenticated");
    expect(entries.size).toBe(0);
  });

  test("is remembered for less than a second, and asked for anew as soon as it is not in the store", async () => {
    const authenticate = start();
    await ask(authenticate);
    entries.clear();
    claims = { active: false };
    clock.advance(799);
    expect(await ask(authenticate)).toBe("authenticated");
    clock.advance(1);
    expect(await ask(authenticate)).toBe("token_inactive");
  });

  test("is asked for once for simultaneous requests, and the store too", async () => {
    const authenticate = start();
    expect(await Promise.all([1, 2, 3].map(() => ask(authenticate)))).toEqual(Array(3).fill("authenticated"));
    expect(calls).toBe(1);
  });

  test("is remembered while the store is down for its time, unless it is from before", async () => {
    const authenticate = start();
    await ask(authenticate);
    isDown = true;
    clock.advance(second);
    expect([await ask(authenticate), calls]).toEqual(["authenticated", 2]);
    clock.advance(29 * second);
    expect([await ask(authenticate), calls]).toEqual(["authenticated", 2]);
    clock.advance(second);
    expect([await ask(authenticate), calls]).toEqual(["authenticated", 3]);
  });

  test("is remembered for its time while the store answers and takes nothing", async () => {
    const authenticate = start();
    isFull = true;
    for (const token of ["token", "another"]) expect(await ask(authenticate, token)).toBe("authenticated");
    clock.advance(29 * second);
    for (const token of ["token", "another"]) expect(await ask(authenticate, token)).toBe("authenticated");
    expect(calls).toBe(2);
    clock.advance(second);
    expect([await ask(authenticate), calls]).toEqual(["authenticated", 3]);
    // What is in the store comes first.
    put({ claims: { ...claims, aud: "https://other.example.com" } });
    clock.advance(second);
    expect(await ask(authenticate)).toBe("invalid_claims");
  });

  test("that was remembered while the store took nothing is forgotten once it takes something", async () => {
    const authenticate = start();
    isFull = true;
    await ask(authenticate);
    isFull = false;
    await ask(authenticate, "another");
    isDown = true;
    claims = { active: false };
    clock.advance(second);
    expect(await ask(authenticate)).toBe("token_inactive");
  });

  test("is neither kept nor looked for with a time of 0", async () => {
    const looked: string[] = [];
    const answerStore = { ...store, get: async (key: string) => void looked.push(key) };
    await ask(start({ introspectionTtlS: 0 }, { answerStore }));
    expect([calls, looked, entries.size]).toEqual([1, [], 0]);
    await ask(start({ introspectionTtlS: 1 }, { answerStore }));
    expect([calls, looked.length, entries.size]).toEqual([2, 1, 1]);
  });

  test("that was remembered while the store was down is forgotten once it is not", async () => {
    const authenticate = start();
    isDown = true;
    await ask(authenticate);
    isDown = false;
    await ask(authenticate, "another");
    isDown = true;
    claims = { active: false };
    clock.advance(second);
    expect(await ask(authenticate)).toBe("token_inactive");
  });
});

function toPem(): string {
  return String(createSigner("RS256", "kid").privateKey.export({ type: "pkcs8", format: "pem" }));
}

function move(from: string): void {
  put({}, {}, from);
  const moved = entries.get(toAnswerKey(parse(), from));
  if (moved !== undefined) entries.set(toAnswerKey(parse(), "token"), moved);
}

function change(edit: (value: string) => string): void {
  for (const [key, { value, ttlMs }] of entries) entries.set(key, { value: edit(value), ttlMs });
}
