import type { MemorySeries } from "./memory.ts";
import type { Tally } from "./tally.ts";
import type { Verdict } from "./verdict.ts";

/** The tallies of the callers of one fleet. */
export interface FleetTallies {
  readonly method: string;
  readonly tallies: readonly Tally[];
}

const verdicts: readonly Verdict[] = ["right", "unavailable", "key unknown", "wrong", "lost"];

/** A table of every caller's answers, and a line of totals. */
export function formatOutcomes(fleets: readonly FleetTallies[], seconds: number): string {
  const header = ["caller", "requests", ...verdicts, "p50 ms", "p99 ms", "worst ms"];
  const all = fleets.flatMap(({ tallies }) => tallies);
  const rows = fleets.flatMap(({ method, tallies }) =>
    tallies.map((tally) => [`${method}: ${tally.caller.name}`, ...toCells([tally])]),
  );
  const passedOn = all.reduce((sum, tally) => sum + tally.passedOn, 0);
  const perSecond = Math.round(sum(all, verdicts) / seconds);
  const cutOff = all.filter(({ isCutOff }) => isCutOff).length;
  return [
    ...formatTable([header, ...rows, ["all", ...toCells(all)]]),
    "",
    `${perSecond} requests a second; ${passedOn} were passed on by nginx from a replica that refused the connection; ${cutOff} were under way at the end.`,
    "unavailable: 503 for what only the provider could tell, while it was down or for at most 15 s after.",
    "key unknown: 401 for a token of a new key, for at most 40 s after it was published.",
  ].join("\n");
}

function toCells(tallies: readonly Tally[]): readonly string[] {
  const latencies = tallies.flatMap(({ latenciesMs }) => latenciesMs).toSorted((a, b) => a - b);
  const at = (part: number): string => (latencies[Math.ceil(part * latencies.length) - 1] ?? Number.NaN).toFixed(1);
  const counts = verdicts.map((verdict) => String(sum(tallies, [verdict])));
  return [String(sum(tallies, verdicts)), ...counts, at(0.5), at(0.99), at(1)];
}

/** How many requests of these callers have one of these verdicts. */
export function sum(tallies: readonly Tally[], wanted: readonly Verdict[]): number {
  return tallies.flatMap(({ counts }) => wanted.map((verdict) => counts[verdict])).reduce((all, one) => all + one, 0);
}

/** One line a process: its heap after forced collections, first and last, and its resident memory. */
export function formatMemory({ name, samples }: MemorySeries, verdict: string): string {
  const [first, last] = [samples.at(0), samples.at(-1)];
  const mib = (bytes = Number.NaN): string => (bytes / 2 ** 20).toFixed(1);
  return (
    `${name}: heap ${mib(first?.heapBytes)} to ${mib(last?.heapBytes)} MiB, resident ${mib(first?.rssBytes)} to ` +
    `${mib(last?.rssBytes)} MiB, from ${first?.atS.toFixed(0)} s to ${last?.atS.toFixed(0)} s${verdict}`
  );
}

function formatTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}
