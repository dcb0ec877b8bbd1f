import { type AddressInfo, connect as connectTo, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type Connection, createConnection } from "../../src/shared-cache/connection.ts";
import { createTestClock, type TestClock } from "../support/clock.ts";
import { describeWithRedis, startRedis, type TestRedis } from "../support/redis.ts";

describeWithRedis("a connection to Redis", () => {
  let redis: TestRedis;
  let clock: TestClock;
  let lines: string[];
  beforeEach(async () => {
    redis = await startRedis();
    clock = createTestClock();
    lines = [];
  });
  afterEach(() => redis.stop());

  async function connect(url: string = redis.url): Promise<Connection> {
    const log = (_details: object, message: string): void => void lines.push(message);
    const connection = await createConnection({ url, clock, logger: { info: log, warn: log, error: log } });
    onTestFinished(connection.stop);
    return connection;
  }

  const ping = ({ ask }: Connection): Promise<string> => ask((client) => client.ping());

  test("that has been late is given up: nothing is sent until a new one has answered", async () => {
    const connection = await connect();
    redis.freeze();
    onTestFinished(redis.thaw);
    const waiting = [ping(connection), ping(connection)];
    await Promise.all(waiting.map((answer) => expect(answer).rejects.toThrow()));
    let sent = 0;
    for (const _again of Array(50)) {
      await expect(connection.ask(async () => (sent += 1))).rejects.toThrow("Redis cannot be reached.");
    }
    expect(sent).toBe(0);
    expect(lines).toEqual([expect.stringContaining("(it does not answer in time)")]);
    redis.thaw();
    await vi.waitFor(async () => expect(await ping(connection)).toBe("PONG"), { timeout: 30_000 });
    expect(lines).toEqual([lines[0], "The shared cache can be asked again."]);
  });

  test("to a Redis that answers always late is not used, and told of once", async () => {
    let delayMs = 0;
    const target = Number(new URL(redis.url).port);
    const slow = createServer((socket) => {
      const onward = connectTo(target, "127.0.0.1");
      socket.on("data", (chunk) => onward.write(chunk)).on("close", () => onward.destroy());
      onward.on("data", (chunk) => setTimeout(() => socket.write(chunk), delayMs)).on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void slow.close());
    const { port } = slow.address() as AddressInfo;
    const connection = await connect(`redis://127.0.0.1:${port}`);
    expect(await ping(connection)).toBe("PONG");
    delayMs = 800;
    await expect(ping(connection)).rejects.toThrow();
    let connections = 0;
    let sent = 0;
    slow.on("connection", () => (connections += 1));
    await vi.waitFor(
      async () => {
        await connection.ask(async () => (sent += 1)).catch(() => {});
        expect(connections).toBe(3);
      },
      { timeout: 30_000 },
    );
    expect(sent).toBe(0);
    expect(lines).toEqual([expect.stringContaining("(it does not answer in time)")]);
  });

  test("is not late because this process was busy", async () => {
    const connection = await connect();
    const answer = ping(connection);
    await new Promise(setImmediate);
    const until = performance.now() + 1200;
    while (performance.now() < until);
    expect(await answer).toBe("PONG");
    expect(lines).toEqual([]);
  });

  test("to what has become a replica is given up for one to the primary of that name", async () => {
    const connection = await connect();
    await redis.send("REPLICAOF", "127.0.0.1", "1");
    const write = (): Promise<unknown> => connection.ask((client) => client.set("key", "value"));
    await expect(write()).rejects.toThrow("READONLY");
    await expect(write()).rejects.toThrow("Redis cannot be reached.");
    await redis.send("REPLICAOF", "NO", "ONE");
    await vi.waitFor(async () => expect(await write()).toBe("OK"), { timeout: 30_000 });
    expect(lines).toContain("The shared cache refuses a command (READONLY).");
  });

  test("tells one kind of refusal once a minute", async () => {
    const connection = await connect();
    const refused = (): Promise<void> =>
      expect(connection.ask((client) => client.sendCommand(["NONSENSE"]))).rejects.toThrow();
    await refused();
    await refused();
    expect(lines).toEqual(["The shared cache refuses a command (ERR)."]);
    clock.advance(60_000);
    await refused();
    expect(lines).toHaveLength(2);
  });

  test("that is closed is not opened again, and tells of no outage", async () => {
    const connection = await connect();
    const answer = connection.ask((client) => client.blPop("nothing", 0));
    answer.catch(() => {});
    await connection.stop();
    await expect(answer).rejects.toThrow("Disconnects client");
    await expect(ping(connection)).rejects.toThrow("Redis cannot be reached.");
    await connection.stop();
    await vi.waitFor(async () => expect(await redis.countConnections()).toBe(0), { timeout: 30_000 });
    expect(lines).toEqual([]);
  });

  test("that comes about while it is being closed is closed", async () => {
    redis.freeze();
    const connection = await connect();
    const stopped = connection.stop();
    redis.thaw();
    await stopped;
    await vi.waitFor(async () => expect(await redis.countConnections()).toBe(0), { timeout: 30_000 });
  });

  test("to what never answers is not left open", async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket.resume().on("close", () => sockets.delete(socket)));
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const connection = await connect(`redis://127.0.0.1:${port}`);
    expect(sockets.size).toBe(1);
    await connection.stop();
    await vi.waitFor(() => expect(sockets.size).toBe(0), { timeout: 30_000 });
    await new Promise((resolve) => silent.close(resolve));
  });

  test("to what closes every connection is tried again with pauses", async () => {
    let attempts = 0;
    const closing = createServer((socket) => {
      attempts += 1;
      socket.resume().end("-ERR max number of clients reached\r\n");
    });
    await new Promise<void>((resolve) => closing.listen(0, "127.0.0.1", resolve));
    const { port } = closing.address() as AddressInfo;
    const connection = await connect(`redis://127.0.0.1:${port}`);
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(1), { timeout: 30_000 });
    expect(attempts).toBeLessThan(4);
    expect(lines).toHaveLength(1);
    await connection.stop();
    await new Promise((resolve) => closing.close(resolve));
  });
});
