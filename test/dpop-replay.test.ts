import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createReplayStore, type ReplayStore } from "../src/authentication/replay-store.ts";
import { createTestClock } from "./support/clock.ts";
import { createAsk, createDpopClient, type DpopClient } from "./support/dpop.ts";
import { startProvider, type TestProvider } from "./support/provider.ts";

let provider: TestProvider;
let client: DpopClient;
let other: DpopClient;
/** A token that is bound to the client's key. */
let token: string;
beforeAll(async () => {
  provider = await startProvider();
  [client, other] = await Promise.all([createDpopClient(), createDpopClient()]);
  token = await provider.sign({ cnf: { jkt: client.thumbprint } });
});
afterAll(() => provider.stop());

const now = (): number => Math.floor(Date.now() / 1000);

describe("used twice, a proof", () => {
  test("is refused the second time, and once of many simultaneous times accepted", async () => {
    const ask = createAsk(provider.issuer);
    const proof = await client.prove(token);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(`DPoP ${token}`, proof)));
    expect(answers.filter((answer) => answer === "DPoP")).toHaveLength(1);
    expect(new Set(answers)).toEqual(new Set(["DPoP", "invalid_dpop_proof"]));
  });

  test("is refused for as long as it would be good", async () => {
    const clock = createTestClock();
    const ask = createAsk(provider.issuer, {}, { clock });
    const claims = { iat: now() + 4 };
    const proof = await client.prove(token, { claims });
    expect(await ask(`DPoP ${token}`, proof)).toBe("DPoP");
    for (const aheadMs of [30_000, 30_000, 8000, 2000, 70_000]) {
      clock.advance(aheadMs);
      expect(await ask(`DPoP ${token}`, proof)).toBe("invalid_dpop_proof");
    }
  });

  test("is told by its key and its id: others may use that id, and the key others", async () => {
    const ask = createAsk(provider.issuer);
    const claims = { jti: "the same" };
    const bound = await provider.sign({ cnf: { jkt: other.thumbprint } });
    expect(await ask(`DPoP ${token}`, await client.prove(token, { claims }))).toBe("DPoP");
    expect(await ask(`DPoP ${bound}`, await other.prove(bound, { claims }))).toBe("DPoP");
    const again = await provider.sign({ cnf: { jkt: client.thumbprint }, jti: "2" });
    expect(await ask(`DPoP ${again}`, await client.prove(again, { claims }))).toBe("invalid_dpop_proof");
  });

  test("takes no room when something else is wrong", async () => {
    const added: (string | number)[] = [];
    const replayStore: ReplayStore = {
      add: (id, ttlMs) => {
        added.push(id, ttlMs);
        return "new";
      },
    };
    const ask = createAsk(provider.issuer, { replayStore });
    await ask(`DPoP ${token}`, await client.prove(token, { signer: other.privateKey }));
    await ask(`DPoP ${token}`, await other.prove(token));
    const expired = await provider.sign({ exp: now() - 60, cnf: { jkt: client.thumbprint } });
    await ask(`DPoP ${expired}`, await client.prove(expired));
    expect(added).toEqual([]);
    const claims = { jti: "an id" };
    await ask(`DPoP ${token}`, await client.prove(token, { claims }));
    // 60 seconds of age, and the clock tolerance of 5 in both directions.
    expect(added).toEqual([expect.stringMatching(/^[\w-]{43}$/), 70_000]);
  });

  test.each<[string, ReplayStore]>([
    ["is full", createReplayStore(1, createTestClock())],
    ["fails", { add: () => Promise.reject(new Error("secret")) }],
    [
      "fails at once",
      {
        add: () => {
          throw new Error("secret");
        },
      },
    ],
    ["answers anything else", { add: () => true as never }],
  ])("cannot be told when its store %s: nobody is let in, or told to get another token", async (_, replayStore) => {
    const lines: string[] = [];
    const log = (fields: object, message: string): number => lines.push(message + JSON.stringify(fields));
    const ask = createAsk(provider.issuer, { replayStore }, { logger: { info: log, warn: log, error: log } });
    await ask(`DPoP ${token}`, await client.prove(token));
    for (const _again of [1, 2]) {
      expect(await ask(`DPoP ${token}`, await client.prove(token))).toBe("provider_unavailable");
    }
    expect(lines).toEqual([expect.stringMatching(/^Used DPoP proofs cannot be remembered/)]);
    expect(await ask(`Bearer ${await provider.sign()}`)).toBe("Bearer");
  });
});
