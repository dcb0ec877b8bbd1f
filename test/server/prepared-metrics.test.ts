import { expect, onTestFinished, test, vi } from "vitest";
import { ask, askApollo, countAnswersOfApollo } from "../support/both-ways.ts";
import { findMetricsUrl } from "../support/metrics-url.ts";
import { findRequestLines, patience } from "../support/request-lines.ts";
import { startStage } from "../support/stage.ts";

const typeDefs = `
  type Query { open: Int, fail: Int, own: Int @auth, admin: Int @requiresScope(scopes: "admin") }
  type Mutation { write: Int }`;
const resolvers = { Query: { fail: () => Promise.reject(new Error("error-mark")) } };

test("metrics count the same past Apollo Server", async () => {
  const countOfApollo = countAnswersOfApollo();
  const { server: measured, sign, stop } = await startStage({ typeDefs, resolvers, env: { METRICS_PORT: "0" } });
  onTestFinished(stop);
  const url = findMetricsUrl(measured);
  const read = async (): Promise<ReadonlyMap<string, number>> => {
    const lines = (await (await fetch(url)).text()).split("\n");
    const counted = lines.filter((line) => /^gatehouse_.*(_total|_count)/.test(line));
    return new Map(counted.map((line) => [line.replace(/ \S+$/, ""), Number(line.replace(/^.* /, ""))]));
  };
  const round = async (send: typeof ask): Promise<object> => {
    const before = await read();
    const lines = findRequestLines(measured.logs).length;
    for (const headers of [{}, { authorization: `Bearer ${sign()}` }]) {
      for (const query of ["{ open fail own admin }", "mutation { write }"])
        await send(measured, { body: { query }, headers });
    }
    await vi.waitFor(() => expect(findRequestLines(measured.logs)).toHaveLength(lines + 4), patience);
    return Object.fromEntries([...(await read())].map(([name, value]) => [name, value - (before.get(name) ?? 0)]));
  };
  // Of everything there is a series then.
  await round(askApollo);
  const expected = await round(askApollo);
  await ask(measured, { body: { query: "{ open }" } });
  const before = countOfApollo();
  expect(await round(ask)).toEqual(expected);
  expect(countOfApollo()).toBe(before);
  expect(expected).toMatchObject({
    gatehouse_operation_failures_total: 2,
    'gatehouse_refusals_total{coordinate="Query.admin",code="FORBIDDEN"}': 1,
  });
});
