/** Where the time comes from. Tests pass one they can turn. */
export interface Clock {
  /** Milliseconds since the epoch, for `exp`, `nbf` and `iat`. */
  readonly wallMs: () => number;
  /** Milliseconds that only grow, for how old something is. */
  readonly monotonicMs: () => number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
