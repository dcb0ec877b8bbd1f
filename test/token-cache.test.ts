import { describe, expect, test } from "vitest";
import { createPrincipal } from "../src/authentication/principal.ts";
import { createTokenCache } from "../src/authentication/token-cache.ts";
import { rejected, unavailable, type Verification } from "../src/authentication/verification.ts";
import { createTestClock } from "./support/clock.ts";

const clock = createTestClock();

function verified(token: string, reusableForMs = 60_000): Verification {
  const principal = createPrincipal(
    { sub: token, exp: Math.ceil(clock.wallMs() / 1000) + 3600 },
    "https://issuer/",
    [],
  );
  return { kind: "verified", principal, reusableUntilMs: clock.monotonicMs() + reusableForMs };
}

/** A cache for `max` tokens, and the tokens it had verified. */
function create(
  verify: (token: string) => Verification,
  max = 10,
): { ask: ReturnType<typeof createTokenCache>; asked: string[] } {
  const asked: string[] = [];
  const ask = createTokenCache(
    async (token) => {
      asked.push(token);
      return verify(token);
    },
    max,
    clock,
  );
  return { ask, asked };
}

describe("the cache of verified tokens", () => {
  test("answers at once, with the same frozen object, for a token it knows", async () => {
    const { ask, asked } = create(verified);
    const first = await ask("a");
    expect(ask("a")).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(asked).toEqual(["a"]);
  });

  test("forgets a token when its answer may no longer be reused", async () => {
    const { ask, asked } = create((token) => verified(token, 1000));
    await ask("a");
    clock.advance(1001);
    await ask("a");
    expect(asked).toEqual(["a", "a"]);
  });

  test("verifies a token once for all who present it at the same time", async () => {
    const { ask, asked } = create(verified);
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask("a")));
    expect(new Set(answers).size).toBe(1);
    expect(asked).toEqual(["a"]);
  });

  test.each([["rejected", rejected("invalid_token")] as const, ["unavailable", unavailable()] as const])(
    "does not remember what was %s",
    async (kind, verification) => {
      const { ask, asked } = create(() => verification);
      expect((await ask("a")).kind).toBe(kind);
      expect((await ask("a")).kind).toBe(kind);
      expect(asked).toEqual(["a", "a"]);
    },
  );

  test("keeps the tokens used last when it is full", async () => {
    const { ask, asked } = create(verified, 2);
    for (const token of ["a", "b", "a", "c", "a", "b"]) await ask(token);
    expect(asked).toEqual(["a", "b", "c", "b"]);
  });

  test("loses no good token and no look-up under way to a flood of bad ones", async () => {
    const { ask, asked } = create((token) => (token === "good" ? verified(token) : rejected("invalid_token")), 2);
    const looked = ask("good");
    await Promise.all(Array.from({ length: 100 }, (_, index) => ask(`bad ${index}`)));
    expect((await looked).kind).toBe("authenticated");
    await Promise.all(Array.from({ length: 100 }, (_, index) => ask(`bad ${index}`)));
    expect(ask("good")).toBe(await looked);
    expect(asked.filter((token) => token === "good")).toHaveLength(1);
  });
});
