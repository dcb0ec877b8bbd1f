import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectOutage, expectService } from "../faults/expect-answer.ts";
import { audience } from "../support/provider.ts";
import { introspectionEnv, type Stage, type StageOptions, startStage } from "../support/stage.ts";
import { type BlackHole, openBlackHole } from "./black-hole.ts";

const second = 1000;

let stage: Stage;
let hole: BlackHole | undefined;
afterEach(async () => {
  await hole?.close();
  await stage.stop();
});

async function start(env: StageOptions["env"]): Promise<void> {
  stage = await startStage({
    env: { AUTH_TIMEOUT_MS: "1000", ...env },
    set: ({ answers }) => void answers.set("/introspect", { active: true, aud: audience, sub: "subject-mark" }),
  });
}

/** The way to the provider swallows what is sent: no answer, and no refusal either. */
async function breakNetwork(): Promise<void> {
  await stage.provider.goDown();
  hole = await openBlackHole(Number(new URL(stage.provider.issuer).port));
}

async function mendNetwork(): Promise<void> {
  await hole?.close();
  hole = undefined;
  await stage.provider.comeBack();
}

describe("a network that swallows what is sent to the provider", () => {
  describe("of signed tokens", () => {
    beforeEach(() => start({}));

    test("is not noticed by callers with known keys, and is over within 15 seconds of being mended", async () => {
      await expectService(stage, stage.sign());
      await breakNetwork();
      stage.clock.advance(11 * 60 * second);
      await expectService(stage, stage.sign());
      await expect.poll(() => stage.server.logs.join("")).toContain("it did not answer in time");
      await mendNetwork();
      stage.clock.advance(15 * second);
      await expectService(stage, stage.sign());
      await expect.poll(() => stage.server.logs.join("")).toContain("The provider's keys can be fetched again.");
    });
  });

  describe("that is asked about tokens", () => {
    beforeEach(() => start(introspectionEnv));

    test("is an outage once an answer is too old to be reused, and is over as soon as it is mended", async () => {
      await expectService(stage, "seen-before");
      await breakNetwork();
      await expectService(stage, "seen-before");
      await expectOutage(stage, "never-seen");
      stage.clock.advance(30 * second);
      await expectOutage(stage, "seen-before");
      expect(stage.server.logs.join("")).toContain(
        "The provider cannot be asked about tokens: it did not answer in time.",
      );
      await mendNetwork();
      stage.clock.advance(5 * second);
      await expectService(stage, "seen-before");
      expect(stage.server.logs.join("")).toContain("The provider can be asked about tokens again.");
    });
  });
});
