import { makeExecutableSchema } from "@graphql-tools/schema";
import { type ExecutionResult, type GraphQLSchema, parse, subscribe } from "graphql";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { authDirectives } from "../src/authorization/guard.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";

/** A source of events that a test pushes into, and that tells what was done with it. */
function createSource() {
  const waiting: ((result: IteratorResult<unknown>) => void)[] = [];
  const events: unknown[] = [];
  let failure: Error | undefined;
  const source = {
    opened: vi.fn(),
    closed: vi.fn(),
    push: (event: unknown) => {
      const next = waiting.shift();
      if (next) next({ done: false, value: event });
      else events.push(event);
    },
    fail: (error: Error) => {
      failure = error;
    },
    stream: {
      [Symbol.asyncIterator]: () => source.stream,
      next: (): Promise<IteratorResult<unknown>> => {
        if (failure) return Promise.reject(failure);
        if (events.length > 0) return Promise.resolve({ done: false, value: events.shift() });
        return new Promise((resolve) => waiting.push(resolve));
      },
      return: async (): Promise<IteratorResult<unknown>> => {
        source.closed();
        return { done: true, value: undefined };
      },
    },
  };
  return source;
}

const resolve = vi.fn((event: { n: number }) => event.n);
let source: ReturnType<typeof createSource>;
let schema: GraphQLSchema;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000_000 });
  resolve.mockClear();
  source = createSource();
  const auth = authDirectives();
  const field = (open: () => unknown) => ({ subscribe: open, resolve });
  const open = (): unknown => {
    source.opened();
    return source.stream;
  };
  schema = auth.transformer(
    makeExecutableSchema({
      typeDefs: [
        auth.typeDefs,
        `type Query { a: Int }
         type Subscription { events: Int @auth, soon: Int @auth, scoped(x: Int @requiresScope(scopes: "x")): Int, item: Item }
         type Item { open: Int, secret: Int @auth }`,
      ],
      resolvers: {
        Subscription: {
          events: field(open),
          soon: field(async () => open()),
          scoped: field(open),
          item: { subscribe: open, resolve: () => ({ open: 1, secret: 2 }) },
        },
      },
    }),
  );
});
afterEach(() => vi.useRealTimers());

/** A caller whose token is good for so many seconds more. */
const callerFor = (seconds: number) => authenticatedAs({ claims: { exp: 1_000_000_000 + seconds } });

interface Stream {
  readonly next: () => Promise<IteratorResult<ExecutionResult>>;
  readonly return: () => Promise<unknown>;
}

async function open(document: string, context: { authentication: unknown }): Promise<Stream | ExecutionResult> {
  const result = await subscribe({ schema, document: parse(document), contextValue: context });
  if (!(Symbol.asyncIterator in result)) return result;
  return { next: () => result.next(), return: () => result.return(undefined) };
}

async function openStream(document: string, context: { authentication: unknown }): Promise<Stream> {
  const result = await open(document, context);
  if (!("next" in result)) throw new Error("The subscription was refused.");
  return result;
}

const refusedWith = (reason: string, path: string[] = ["events"]) => [
  expect.objectContaining({ path, extensions: { code: "UNAUTHENTICATED", reason } }),
];
const ended = { done: true, value: undefined };

describe("a guarded subscription", () => {
  test.each([
    ["anonymous", anonymous(), "authorization_header_missing"],
    ["with a token that has expired", callerFor(0), "token_expired"],
  ])("of a caller %s is refused before its source opens", async (_, authentication, reason) => {
    expect(await open("subscription { events }", { authentication })).toEqual({ errors: refusedWith(reason) });
    expect(source.opened).not.toHaveBeenCalled();
  });

  test("with a guarded argument is refused before its source opens, when that is provided", async () => {
    const authentication = authenticatedAs();
    expect(await open("subscription { scoped(x: 1) }", { authentication })).toMatchObject({ errors: [{}] });
    expect(source.opened).not.toHaveBeenCalled();
    await openStream("subscription { scoped }", { authentication });
    expect(source.opened).toHaveBeenCalledOnce();
  });

  test.each(["events", "soon"])(
    "%s ends with token_expired when its caller's token expires, and its source is closed",
    async (field) => {
      const stream = await openStream(`subscription { ${field} }`, { authentication: callerFor(60) });
      source.push({ n: 1 });
      expect(await stream.next()).toEqual({ done: false, value: { data: { [field]: 1 } } });
      const last = stream.next();
      await vi.advanceTimersByTimeAsync(59_999);
      expect(source.closed).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      const errors = refusedWith("token_expired", [field]);
      expect(await last).toEqual({ done: false, value: { data: { [field]: null }, errors } });
      expect(source.closed).toHaveBeenCalledOnce();
      source.push({ n: 2 });
      expect(await stream.next()).toEqual(ended);
      expect(resolve).toHaveBeenCalledOnce();
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("refuses an event that comes after the expiry, and ends with it", async () => {
    const stream = await openStream("subscription { events }", { authentication: callerFor(60) });
    const next = stream.next();
    vi.setSystemTime(1_000_000_060_000);
    source.push({ n: 1 });
    expect(await next).toMatchObject({ value: { data: { events: null }, errors: refusedWith("token_expired") } });
    expect(await stream.next()).toEqual(ended);
    expect([resolve.mock.calls.length, source.closed.mock.calls.length]).toEqual([0, 1]);
  });

  test("is decided again at every event: what the context says then counts", async () => {
    const context = { authentication: callerFor(60) };
    const stream = await openStream("subscription { events }", context);
    source.push({ n: 1 });
    expect(await stream.next()).toMatchObject({ value: { data: { events: 1 } } });
    context.authentication = anonymous();
    source.push({ n: 2 });
    const errors = refusedWith("authorization_header_missing");
    expect(await stream.next()).toMatchObject({ value: { data: { events: null }, errors } });
    context.authentication = callerFor(120);
    source.push({ n: 3 });
    expect(await stream.next()).toMatchObject({ value: { data: { events: 3 } } });
    const last = stream.next();
    await vi.advanceTimersByTimeAsync(119_999);
    expect(source.closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await last).toMatchObject({ value: { errors: refusedWith("token_expired") } });
  });

  test.each([
    ["without an expiry", undefined],
    ["with one that is further off than a timer can wait", 10 ** 9],
  ])("of a token %s goes on", async (_, seconds) => {
    const authentication = seconds === undefined ? authenticatedAs() : callerFor(seconds);
    const stream = await openStream("subscription { events }", { authentication });
    const next = stream.next();
    await vi.advanceTimersByTimeAsync(60 * 24 * 3600 * 1000);
    source.push({ n: 1 });
    expect(await next).toMatchObject({ value: { data: { events: 1 } } });
    expect(source.closed).not.toHaveBeenCalled();
  });

  test("closes its source when the caller leaves, and passes on that the source fails", async () => {
    const left = await openStream("subscription { events }", { authentication: callerFor(60) });
    await left.return();
    expect(source.closed).toHaveBeenCalledOnce();
    expect(await left.next()).toEqual(ended);
    const failing = await openStream("subscription { events }", { authentication: callerFor(60) });
    source.fail(new Error("broken"));
    await expect(failing.next()).rejects.toThrow("broken");
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a public subscription goes on, and what is guarded in its events is refused after the expiry", async () => {
  const stream = await openStream("subscription { item { open secret } }", { authentication: callerFor(60) });
  source.push({});
  expect(await stream.next()).toMatchObject({ value: { data: { item: { open: 1, secret: 2 } } } });
  await vi.advanceTimersByTimeAsync(60_000);
  source.push({});
  const errors = refusedWith("token_expired", ["item", "secret"]);
  expect(await stream.next()).toMatchObject({ value: { data: { item: { open: 1, secret: null } }, errors } });
});
