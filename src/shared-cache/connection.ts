import { createClient, type RedisClientType } from "@keyv/redis";
import type { Clock } from "../authentication/clock.ts";
import type { Logger } from "../authentication/logger.ts";
import { createOutageLog, readRefusalCode } from "./outage-log.ts";

/** The client of Redis that Keyv's adapter brings. */
type RedisClient = RedisClientType;

/** One connection to Redis that is kept, and that nobody waits for. */
export interface Connection {
  readonly client: RedisClient;
  /**
   * Lets Redis do something. Rejects at once while it cannot be reached, and after half a second at the latest; then
   * the connection is given up, so that nobody else waits so long, until a new one has proved to work.
   */
  readonly ask: <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>;
  /** Whether it would let Redis do something now. */
  readonly isUp: () => boolean;
  /** Closes the connection; nothing is left open. */
  readonly stop: () => Promise<void>;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  /** `redis:` or `rediss:`. */
  readonly url: string;
  /** Told of each outage once, and of its end; never of an address, a key or a value. */
  readonly logger: Logger;
  readonly clock: Clock;
}

const connectTimeoutMs = 500;
const commandTimeoutMs = 500;
/** The pause before an attempt to connect, which doubles with each, and the longest. */
const shortestPauseMs = 200;
const longestPauseMs = 3000;
/** A connection on which nothing comes for so long, not even the answers to our pings, is a dead one. */
const silenceMs = 3000;
const pingEveryMs = 1000;

/** Redis did not answer in time. */
class LateError extends Error {
  override readonly name: string = "LateError";
}

/** Connects to Redis; resolves when that has worked or failed, and goes on trying. Never rejects. */
export async function createConnection({ url, logger, clock }: ConnectionOptions): Promise<Connection> {
  const outage = createOutageLog(logger, clock);
  const client: RedisClient = createClient({
    url,
    // A command that cannot be sent now fails now.
    disableOfflineQueue: true,
    pingInterval: pingEveryMs,
    // It reconnects here and not there, where a connection that is being made cannot be told to stop.
    socket: { connectTimeout: connectTimeoutMs, socketTimeout: silenceMs, reconnectStrategy: false },
  });
  let isStopped = false;
  let isProved = false;
  let attempts = 0;
  let retry: NodeJS.Timeout | undefined;

  function note(error: unknown): void {
    if (!isStopped) outage.note(error);
  }

  function connectLater(): void {
    if (isStopped || retry !== undefined) return;
    const pauseMs = Math.min(shortestPauseMs * 2 ** attempts, longestPauseMs);
    // Not all replicas at once.
    const spreadMs = (pauseMs * Math.random()) / 4;
    retry = setTimeout(() => {
      retry = undefined;
      connecting = connect();
    }, pauseMs + spreadMs).unref();
  }

  async function connect(): Promise<void> {
    attempts += 1;
    try {
      await client.connect();
      if (isStopped) return client.destroy();
      await withDeadline(client.ping());
      attempts = 0;
      isProved = true;
      outage.end();
    } catch (error) {
      note(error);
      giveUp();
    }
  }

  const isUp = (): boolean => isProved && client.isReady;

  async function ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    if (!isUp()) throw new Error("Redis cannot be reached.");
    try {
      return await withDeadline(command(client));
    } catch (error) {
      const isLate = error instanceof LateError;
      if (isLate || !client.isReady) note(error);
      else outage.noteRefusal(error);
      // What is behind it in the queue would only be late as well; and a primary that has become a replica stays one.
      if (isLate || readRefusalCode(error) === "READONLY") giveUp();
      throw error;
    }
  }

  function giveUp(): void {
    isProved = false;
    if (client.isReady) client.destroy();
    connectLater();
  }

  client.on("error", (error: unknown) => {
    note(error);
    if (!client.isOpen) giveUp();
  });
  let connecting = connect();
  await Promise.race([connecting, new Promise((resolve) => setTimeout(resolve, 2 * connectTimeoutMs).unref())]);

  return {
    client,
    ask,
    isUp,
    stop: async () => {
      isStopped = true;
      clearTimeout(retry);
      if (client.isReady) client.destroy();
      await connecting;
    },
  };
}

async function withDeadline<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    // An answer that has come while this process was busy is read before the immediate: that was not Redis.
    timer = setTimeout(() => setImmediate(() => reject(new LateError())), commandTimeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
