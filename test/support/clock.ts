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
