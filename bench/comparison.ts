import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { findWorse, listGoals } from "./goals.ts";
import { installPeers } from "./peers/installed.ts";
import { drawChart } from "./report/chart.ts";
import { formatResults, replaceOverview, replaceTables } from "./report/markdown.ts";
import { describeMachine, type Results, readResults, readVersions, writeResults } from "./report/results.ts";
import { measureAuthenticatedRequest } from "./scenarios/authenticated-request.ts";
import { measureFlatness } from "./scenarios/flatness.ts";
import { measureLargeAnswer } from "./scenarios/large-answer.ts";
import { measureReplicas } from "./scenarios/replicas.ts";
import { measureMemoryMib, measureStartUpMs } from "./scenarios/start-up.ts";
import { full, quick, type Setting, startSetting } from "./setting.ts";

const tables = new URL("README.md", import.meta.url);
const overview = new URL("../README.md", import.meta.url);
const chart = new URL("chart.svg", import.meta.url);

/** Tells what is going on; the bench is silent for minutes otherwise. */
type Say = (line: string) => void;

/** Compares the product with its peers, and writes down what was measured: the results, the tables and the chart. */
export async function benchComparison(say: Say): Promise<string> {
  const results = await writeResults(await measure(full, say));
  await writeFile(chart, drawChart(results));
  await writeFile(tables, replaceTables(await readFile(tables, "utf8"), results));
  await writeFile(overview, replaceOverview(await readFile(overview, "utf8"), results));
  return formatResults(results);
}

/** Compares with less effort, writes nothing, and tells which ratios are much worse than what is written down. */
export async function benchQuickly(say: Say): Promise<{ readonly text: string; readonly isWorse: boolean }> {
  const results = await measure(quick, say);
  const before = (await readResults())?.goals ?? [];
  const worse = findWorse(results.goals, before).map(({ name, value }) => `  ${name}: ${value.toFixed(2)}×`);
  const verdict =
    worse.length > 0
      ? `Worse than in bench/results.json by more than half:\n${worse.join("\n")}\n`
      : "No ratio is worse than in bench/results.json by more than half.\n";
  return { text: `${formatResults(results)}\n${verdict}`, isWorse: worse.length > 0 };
}

async function measure(effort: typeof full, say: Say): Promise<Results> {
  installPeers(say);
  say("Building the product …\n");
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const setting = await startSetting(effort);
  try {
    return await measureAll(setting, say);
  } finally {
    setting.provider.stop();
  }
}

async function measureAll(setting: Setting, say: Say): Promise<Results> {
  async function step<T>(name: string, run: (setting: Setting) => Promise<T>): Promise<T> {
    const startMs = performance.now();
    say(`${name} … `);
    const result = await run(setting);
    say(`${((performance.now() - startMs) / 1000).toFixed(0)} s\n`);
    return result;
  }
  const request = await step("One guarded field", measureAuthenticatedRequest);
  const large = await step("9,000 guarded fields", measureLargeAnswer);
  const flatness = await step("What a request does not use", measureFlatness);
  const replicas = await step("Two processes", measureReplicas);
  const startUpMs = await step("Start", measureStartUpMs);
  const memoryMib = await step("Memory", measureMemoryMib);
  const { memoryRequests } = setting.effort;
  return {
    measuredOn: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: await readVersions(),
    request,
    large,
    goals: listGoals({ request, large, flatness, replicas, startUpMs, memoryMib, memoryRequests }),
  };
}
