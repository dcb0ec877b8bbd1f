import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { endWhenExpired } from "../src/authorization/expiring-stream.ts";

const ended = { done: true, value: undefined };

/** A source that never has an event, with what else it can be told. */
function createSource(ends: Partial<AsyncIterator<number>>): AsyncIterable<number> {
  return { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined), ...ends }) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a stream that ends when its caller's time is over", () => {
  test("answers every reader that waits, the first with one more event and the others with the end", async () => {
    const close = vi.fn(async () => ({ done: true, value: undefined }) as const);
    let remainingMs = 1_000;
    const stream = endWhenExpired(createSource({ return: close }), () => remainingMs);
    const readers = [stream.next(), stream.next(), stream.next()];
    remainingMs = 0;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await Promise.all(readers)).toEqual([{ done: false, value: undefined }, ended, ended]);
    expect(close).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("needs no source that can be closed, and swallows that closing fails", async () => {
    for (const ends of [{}, { return: () => Promise.reject(new Error("hangs")) }]) {
      const stream = endWhenExpired(createSource(ends), () => 0);
      expect(await stream.next()).toEqual({ done: false, value: undefined });
      expect(await stream.next()).toEqual(ended);
    }
    const left = endWhenExpired(createSource({}), () => 1_000);
    expect(await left.return?.()).toEqual(ended);
    expect(await left.next()).toEqual(ended);
  });

  test("closes a source once, also when events come after its time", async () => {
    const close = vi.fn(async () => ({ done: true, value: undefined }) as const);
    let remainingMs = 1_000;
    const next = vi.fn(async () => ({ done: false, value: 1 }) as const);
    const stream = endWhenExpired(createSource({ next, return: close }), () => remainingMs);
    const readers = [stream.next(), stream.next()];
    remainingMs = 0;
    expect(await Promise.all(readers)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 1 },
    ]);
    expect(close).toHaveBeenCalledOnce();
    expect(await stream.next()).toEqual(ended);
    expect(next).toHaveBeenCalledTimes(2);
  });

  test("leaves a source alone that ended by itself", async () => {
    const close = vi.fn();
    let remainingMs = 1_000;
    const stream = endWhenExpired(createSource({ next: async () => ended as never, return: close }), () => remainingMs);
    const last = stream.next();
    remainingMs = 0;
    expect(await last).toEqual(ended);
    expect(close).not.toHaveBeenCalled();
  });

  test("passes an error on to a source that takes one, throws it for any other, and is over", async () => {
    const error = new Error("from the reader");
    const take = vi.fn(async () => ({ done: true, value: undefined }) as const);
    const taking = endWhenExpired(createSource({ throw: take }), () => 1_000);
    expect(await taking.throw?.(error)).toEqual(ended);
    expect(take).toHaveBeenCalledWith(error);
    expect(await taking.next()).toEqual(ended);
    const other = endWhenExpired(createSource({}), () => 1_000);
    await expect(other.throw?.(error)).rejects.toBe(error);
    expect(await other.next()).toEqual(ended);
  });

  test("sets no timer where its caller's time has no end", () => {
    const stream = endWhenExpired(createSource({}), () => Number.POSITIVE_INFINITY);
    void stream.next();
    expect(vi.getTimerCount()).toBe(0);
  });
});
