import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ours } from "./contestants.ts";
import { sendRequests } from "./load/target.ts";
import { adminQuery, smallConnections } from "./scenarios/authenticated-request.ts";
import { list, listQuery } from "./scenarios/large-answer.ts";
import { quick, type Setting, startContestant, startSetting } from "./setting.ts";

/** The part of V8's profile that is read: https://chromedevtools.github.io/devtools-protocol/tot/Profiler */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const shown = 15;

/** Where our server spends its time in the small and in the large answer: the functions that take most themselves. */
export async function profileServers(): Promise<string> {
  const setting = await startSetting(quick);
  try {
    const small = await profile(setting, { query: adminQuery, connections: smallConnections, requests: 30_000 });
    const large = await profile(setting, { query: listQuery, connections: 4, requests: 1000, task: { list } });
    return `One guarded field\n${small}\n9,000 guarded fields\n${large}`;
  } finally {
    setting.provider.stop();
  }
}

interface Work {
  readonly query: string;
  readonly connections: number;
  readonly requests: number;
  readonly task?: { readonly list: typeof list };
}

async function profile(setting: Setting, { query, connections, requests, task = undefined }: Work): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
  try {
    const target = await startContestant(
      setting,
      { ...ours, ...(task && { task }), execArgv: ["--cpu-prof", `--cpu-prof-dir=${directory}`] },
      { queries: [query], connections },
    );
    await sendRequests(target, requests);
    await target.stop();
    const [name = ""] = await readdir(directory);
    return formatProfile(JSON.parse(await readFile(join(directory, name), "utf8")));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Self time by function; waiting is left out. */
function formatProfile({ nodes, samples, timeDeltas }: CpuProfile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, toName(callFrame)]));
  const times = new Map<string, number>();
  let totalUs = 0;
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? "";
    // In the first half it starts and warms up.
    if (index < samples.length / 2 || name === "(idle)") continue;
    const us = timeDeltas[index] ?? 0;
    totalUs += us;
    times.set(name, (times.get(name) ?? 0) + us);
  }
  const top = [...times].toSorted(([, a], [, b]) => b - a).slice(0, shown);
  return top.map(([name, us]) => `  ${((100 * us) / totalUs).toFixed(1).padStart(5)} %  ${name}\n`).join("");
}

function toName({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  if (url === "") return functionName;
  const path = url.replace(/^.*\/(?:node_modules|bench\/\.\.)\//, "").replace(/^file:.*\/(dist\/)/, "$1");
  return `${functionName || "(anonymous)"}  ${path}:${lineNumber + 1}`;
}
