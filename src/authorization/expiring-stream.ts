/** The longest time that a timer of Node's can wait, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Passes on a stream's events until nothing remains of the time its caller has. Then one more event, `undefined`, lets
 * the executor refuse once more and so tell the caller why; the stream ends after it, and its source is closed.
 *
 * `toRemainingMs` is asked again whenever the time seems over: a context may have got a newer token meanwhile.
 * A source that is an async generator closes only after what it waits for has come: JavaScript cannot break that off.
 */
export function endWhenExpired<T>(source: AsyncIterable<T>, toRemainingMs: () => number): AsyncIterableIterator<T> {
  const events = source[Symbol.asyncIterator]();
  let isOver = false;

  /** Not waited for where the source itself may hang. */
  async function end(): Promise<IteratorResult<T>> {
    isOver = true;
    await events.return?.();
    return { done: true, value: undefined };
  }

  function next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;

      function wait(): void {
        const remainingMs = toRemainingMs();
        if (isOver) {
          resolve({ done: true, value: undefined });
        } else if (remainingMs <= 0) {
          end().catch(() => undefined); // nobody is left who could be told
          resolve({ done: false, value: undefined as T });
        } else if (remainingMs < Number.POSITIVE_INFINITY) {
          timer = setTimeout(wait, Math.min(Math.ceil(remainingMs), longestTimerMs)).unref();
        }
      }

      function pass(result: IteratorResult<T>): void {
        clearTimeout(timer);
        // The executor refuses this event: it is the last one.
        if (!result.done && !isOver && toRemainingMs() <= 0) end().catch(() => undefined);
        resolve(result);
      }

      wait();
      if (isOver) return;
      events.next().then(pass, (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      });
    });
  }

  return {
    next: async () => (isOver ? { done: true, value: undefined } : next()),
    return: end,
    throw: async (error: unknown) => {
      isOver = true;
      if (events.throw === undefined) throw error;
      return events.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
