import { describe, expect, test } from "vitest";
import { createPrincipal } from "../src/authentication/principal.ts";
import { createTokenCache, type TokenAuthenticator } from "../src/authentication/token-cache.ts";
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

/** A cache that is asked with the token alone. */
function createCache(...options: Parameters<typeof createTokenCache>): Ask {
  const lookUp = createTokenCache(...options);
  return (token) => lookUp({ token, digest: `digest of ${token}` });
}

type Ask = (token: string) => ReturnType<TokenAuthenticator>;

/** A cache for `max` tokens, and the tokens it had verified. */
function create(verify: (token: string) => Verification, max = 10): { ask: Ask; asked: string[] } {
  const asked: string[] = [];
  const ask = createCache(
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

  test("measures reuse on the monotonic clock and expiry on the wall clock, whatever is done to either", async () => {
    let wallAheadMs = 0;
    let asked = 0;
    const turned = { ...clock, wallMs: () => clock.wallMs() + wallAheadMs };
    const exp = clock.wallMs() / 1000 + 100;
    const principal = createPrincipal({ exp }, "https://issuer/", []);
    const lookUp = createCache(
      async () => {
        asked += 1;
        return { kind: "verified", principal, reusableUntilMs: clock.monotonicMs() + 60_000 };
      },
      10,
      turned,
    );
    await lookUp("a");
    wallAheadMs = -3_600_000;
    clock.advance(59_000);
    await lookUp("a");
    expect(asked).toBe(1);
    clock.advance(1_000);
    await lookUp("a");
    expect(asked).toBe(2);
    wallAheadMs = 40_000;
    await lookUp("a");
    expect(asked).toBe(3);
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

  test("repeats a refusal for as long as the verifier says, from a store of its own", async () => {
    const { ask, asked } = create(
      (token) => (token === "good" ? verified(token) : rejected("token_inactive", clock.monotonicMs() + 10_000)),
      2,
    );
    await ask("good");
    for (const token of ["a", "b", "c", "c"]) await ask(token);
    expect(ask("good")).not.toBeInstanceOf(Promise);
    expect(asked).toEqual(["good", "a", "b", "c"]);
    clock.advance(10_000);
    await ask("c");
    expect(asked.at(-1)).toBe("c");
    expect(asked).toHaveLength(5);
  });

  test("gives no place to what it may not repeat", async () => {
    const { ask, asked } = create(
      (token) => rejected("token_inactive", token === "a" ? clock.monotonicMs() + 10_000 : undefined),
      2,
    );
    for (const token of ["a", "b", "c", "d", "a"]) await ask(token);
    expect(asked).toEqual(["a", "b", "c", "d"]);
  });

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
