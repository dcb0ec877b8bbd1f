import type { Clock } from "../../src/authentication/clock.ts";

/** A clock that starts at the system's time and then stands until it is turned. */
export interface TestClock extends Clock {
  readonly advance: (ms: number) => void;
}

export function createTestClock(): TestClock {
  let passedMs = 0;
  const startMs = Date.now();
  return {
    wallMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    advance: (ms) => {
      passedMs += ms;
    },
  };
}
