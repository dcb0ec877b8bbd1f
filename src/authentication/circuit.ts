import { AsyncResource } from "node:async_hooks";
import {
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  isBulkheadRejectedError,
} from "cockatiel";
import type { Clock } from "./clock.ts";

/** What came of a call, as far as a circuit looks at it. */
interface CallOutcome {
  /** `failed` counts against whom was called; anything else shows that they are well. */
  readonly kind: string;
}

/** Guards whom it calls from too many calls, and callers from waiting for what does not work. */
export interface Circuit {
  /** Calls when there is room; undefined when it may not, or not before `signal` ends the wait. */
  readonly call: <T extends CallOutcome>(call: () => Promise<T>, signal: AbortSignal) => Promise<T | undefined>;
  /** No call for so long. */
  readonly pause: (forMs: number) => void;
  /** `half-open`: the next call shows whether all may go on. `open` also during a pause. */
  readonly readState: () => CircuitStateName;
}

/** Whether calls are made: all, one to try, or none. */
export type CircuitStateName = "closed" | "half-open" | "open";

/** So many failures in a row stop the calls. */
const failuresInARow = 5;
/** How long they are stopped; then one call shows whether all may go on. */
const stoppedForMs = 5000;
/** Calls at the same time, and those that wait for one of them to end. */
const maxCalls = 100;
const maxWaiting = 5000;

/** Makes a circuit breaker with a cap on simultaneous calls. `call` rejects only when the given function does. */
export function createCircuit(clock: Clock): Circuit {
  const cap = bulkhead(maxCalls, maxWaiting);
  let stoppedUntilMs = Number.NEGATIVE_INFINITY;
  // The library measures on the wall clock, where an hour put back would be an hour's outage: this answers by ours.
  const stop = {
    get duration() {
      return clock.monotonicMs() < stoppedUntilMs ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
    next: () => {
      stoppedUntilMs = clock.monotonicMs() + stoppedForMs;
      return stop;
    },
  };
  const breaker = circuitBreaker(
    handleWhenResult((outcome) => (outcome as CallOutcome).kind === "failed"),
    { breaker: new ConsecutiveBreaker(failuresInARow), halfOpenAfter: stop },
  );
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  return {
    call: async (call, signal) => {
      const isPointless = (): boolean => signal.aborted || clock.monotonicMs() < pausedUntilMs;
      try {
        // Bound: what waited for another call to end would go on in the asynchronous context of that call's request.
        const bound = AsyncResource.bind(async () => (isPointless() ? undefined : await breaker.execute(call)));
        return await cap.execute(bound);
      } catch (error) {
        if (isBrokenCircuitError(error) || isBulkheadRejectedError(error)) return undefined;
        throw error;
      }
    },
    pause: (forMs) => {
      pausedUntilMs = Math.max(pausedUntilMs, clock.monotonicMs() + forMs);
    },
    readState: () => {
      const nowMs = clock.monotonicMs();
      if (nowMs < pausedUntilMs) return "open";
      if (breaker.state === CircuitState.Closed) return "closed";
      return nowMs < stoppedUntilMs ? "open" : "half-open";
    },
  };
}
