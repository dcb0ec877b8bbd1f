import type { Clock } from "../../src/authentication/clock.ts";

/** The system's clocks, which a test can put forward. */
export interface TestClock extends Clock {
  readonly advance: (ms: number) => void;
}

export function createTestClock(): TestClock {
  let aheadMs = 0;
  return {
    wallMs: () => Date.now() + aheadMs,
    monotonicMs: () => performance.now() + aheadMs,
    advance: (ms) => {
      aheadMs += ms;
    },
  };
}

/** A clock that stands still, in another year, until a test puts it forward: whatever reads the system's is found out. */
export function createStillClock(): TestClock {
  let elapsedMs = 0;
  return {
    wallMs: () => Date.UTC(2031, 0, 1) + elapsedMs,
    monotonicMs: () => 1_000_000 + elapsedMs,
    advance: (ms) => {
      elapsedMs += ms;
    },
  };
}
