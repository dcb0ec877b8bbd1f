import { afterEach, beforeEach, expect, test } from "vitest";
import { type Stage, startStage } from "../support/stage.ts";

const minute = 60_000;

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.stop());

/** What comes of a token that a provider with the right time has just made, good for five minutes. */
async function ask(providerAheadS: number): Promise<readonly [number, string | undefined]> {
  const iat = stage.nowS + providerAheadS;
  const token = stage.sign({ iat, exp: iat + 300 });
  const { status, body } = await stage.server.query("{ privateMessage { message } }", { token });
  return [status, body.errors?.[0].extensions.reason];
}

test("a replica whose clock is fast calls new tokens expired, and one whose clock is slow calls them wrong", async () => {
  expect(await ask(0)).toEqual([200, undefined]);
  expect(await ask(-600)).toEqual([401, "token_expired"]);
  expect(await ask(600)).toEqual([401, "invalid_claims"]);
});

test("a clock that is out by no more than AUTH_CLOCK_TOLERANCE_S is no failure", async () => {
  expect(await ask(5)).toEqual([200, undefined]);
  expect(await ask(-304)).toEqual([200, undefined]);
  expect(await ask(6)).toEqual([401, "invalid_claims"]);
  expect(await ask(-305)).toEqual([401, "token_expired"]);
});

test("a clock that is put right heals it, without a restart and without a call to the provider", async () => {
  expect(await ask(600)).toEqual([401, "invalid_claims"]);
  const called = stage.provider.calls.get("/jwks");
  stage.clock.advance(10 * minute);
  expect(await ask(600)).toEqual([200, undefined]);
  expect(stage.provider.calls.get("/jwks")).toBeGreaterThanOrEqual(called ?? 0);
});
