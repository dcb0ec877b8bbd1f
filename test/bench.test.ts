import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { findWorse, type Goal, isMet } from "../bench/goals.ts";
import { createConnection } from "../bench/load/connection.ts";
import { drawChart } from "../bench/report/chart.ts";
import { replaceOverview, replaceTables } from "../bench/report/markdown.ts";
import { type Results, readResults } from "../bench/report/results.ts";

const readText = (name: string): Promise<string> => readFile(new URL(`../bench/${name}`, import.meta.url), "utf8");

async function readCommitted(): Promise<Results> {
  const results = await readResults();
  if (results === undefined) throw new Error("There is no bench/results.json.");
  return results;
}

describe("What bench/ shows is what was measured", () => {
  test("the tables of its README are made from results.json", async () => {
    const readme = await readText("README.md");
    expect(replaceTables(readme, await readCommitted())).toBe(readme);
  });

  test("so is the table in the README of the whole", async () => {
    const readme = await readText("../README.md");
    expect(replaceOverview(readme, await readCommitted())).toBe(readme);
  });

  test("the chart is made from results.json", async () => {
    expect(await readText("chart.svg")).toBe(drawChart(await readCommitted()));
  });

  test("every goal is a number that was measured", async () => {
    for (const { name, value } of (await readCommitted()).goals) expect(value, name).toBeGreaterThan(0);
  });
});

describe("The quick bench fails", () => {
  const cost = (value: number): Goal => ({ name: "cost (Yoga)", value, unit: "×", atMost: 1 });
  const gain = (value: number): Goal => ({ name: "gain", value, unit: "×", atLeast: 2 });

  test("when a ratio that should be small is more than half as large again as it was", () => {
    expect(findWorse([cost(1.6)], [cost(1)])).toEqual([cost(1.6)]);
    expect(findWorse([cost(1.4)], [cost(1)])).toEqual([]);
  });

  test("when a ratio that should be large was more than half as large again", () => {
    expect(findWorse([gain(1.9)], [gain(3)])).toEqual([gain(1.9)]);
    expect(findWorse([gain(2.1)], [gain(3)])).toEqual([]);
  });

  test("also when another peer is the best one now", () => {
    const other = { ...cost(1.6), name: "cost (mercurius)" };
    expect(findWorse([other], [cost(1)])).toEqual([other]);
  });

  test("when a ratio could not be measured", () => {
    expect(findWorse([cost(Number.NaN), gain(Number.NaN)], [cost(1), gain(3)])).toHaveLength(2);
  });

  test("never for a ratio that got better, a new one, or a figure that is the machine's", () => {
    const time = (value: number): Goal => ({ name: "start", value, unit: "ms", atMost: 400 });
    expect(findWorse([cost(0.1), gain(9), time(9000)], [cost(1), gain(3), time(1)])).toEqual([]);
    expect(findWorse([cost(9)], [])).toEqual([]);
  });

  test("not for a goal that is missed as it was", () => {
    expect(isMet(cost(1.2))).toBe(false);
    expect(findWorse([cost(1.2)], [cost(1.2)])).toEqual([]);
  });
});

describe("A connection of the load generator", () => {
  /** A server that answers each request with how many it has had, or closes the connection where it is told to. */
  async function startCounting(closesAt: number, before = ""): Promise<number> {
    let requests = 0;
    const server = createServer((socket) => {
      socket.on("data", () => {
        requests += 1;
        if (requests === closesAt) socket.end(before);
        else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${requests}`);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  async function sendTwice(port: number, pauseMs: number): Promise<string[]> {
    let nowMs = 1_000_000;
    const connection = createConnection(port, () => nowMs);
    onTestFinished(connection.close);
    const first = await connection.send("request");
    nowMs += pauseMs;
    return [first.body, (await connection.send("request")).body];
  }

  test("is opened again where the server closes one that was idle", async () => {
    expect(await sendTwice(await startCounting(2), 1001)).toEqual(["1", "3"]);
  });

  test("is not where it was in use, is new, or in the middle of an answer: that is an error", async () => {
    const closed = "The server has closed the connection.";
    await expect(sendTwice(await startCounting(2), 1000)).rejects.toThrow(closed);
    await expect(sendTwice(await startCounting(1), 1001)).rejects.toThrow(closed);
    await expect(sendTwice(await startCounting(2, "HTTP/1.1 200 OK\r\n"), 1001)).rejects.toThrow(/in the middle/);
  });

  test("bears with a server that resets it while it waits", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1"));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const connection = createConnection((server.address() as AddressInfo).port);
    onTestFinished(connection.close);
    await connection.send("request");
    const [first] = sockets;
    first?.resetAndDestroy();
    if (first?.closed === false) await once(first, "close");
    // By then the reset has come on the other side too.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await expect.poll(async () => (await connection.send("request").catch(() => undefined))?.body).toBe("1");
    expect(sockets.length).toBeGreaterThan(1);
  });
});
