import type { Timing } from "../compare.ts";
import { ours } from "../contestants.ts";
import { type Goal, isMet } from "../goals.ts";
import type { Results } from "./results.ts";

/** Where in bench/README.md the generated part begins and ends. */
const begin = "<!-- generated from results.json by `npm run bench` -->";
const end = "<!-- end of what is generated -->";

/** Puts the tables into the README's text, in place of those that are there. Throws when it has no place for them. */
export function replaceTables(readme: string, results: Results): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error("bench/README.md has lost the marks of its generated part.");
  return `${readme.slice(0, from + begin.length)}\n\n${formatResults(results)}\n${readme.slice(to)}`;
}

/** The first cell of the table in the README of the whole, by which it is found. */
const overviewTitle = "CPU per request";

/** Puts who was compared, side by side, into the text of the whole's README. Throws when it has no such table. */
export function replaceOverview(readme: string, { request, large }: Results): string {
  const table = new RegExp(`^\\| ${overviewTitle} \\|.*\n(?:\\|.*\n)+`, "m");
  if (!table.test(readme)) throw new Error(`README.md has lost its table "${overviewTitle}".`);
  const compared = request.filter(({ name }) => name === ours.name || !name.startsWith(ours.name));
  const toRow = (title: string, timings: readonly Timing[]): string => {
    const cells = compared.map(({ name }) => timings.find((timing) => timing.name === name));
    return `| ${title} | ${cells.map((timing) => (timing ? `${toDigits(timing.medianUs)} µs` : "–")).join(" | ")} |\n`;
  };
  const head = `| ${overviewTitle} | ${compared.map(({ name }) => name).join(" | ")} |\n`;
  const rows = `${toRow("one guarded field", request)}${toRow("9,000 guarded fields", large)}`;
  return readme.replace(table, () => `${head}|---|${"---:|".repeat(compared.length)}\n${rows}`);
}

/** The results as a person reads them, in Markdown. */
export function formatResults({ measuredOn, machine, versions, request, large, goals }: Results): string {
  const all = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `Measured on ${measuredOn}: ${machine}.

${formatTimings("One guarded field, by an authenticated caller", request)}
${formatTimings("9,000 guarded fields", large)}
${formatGoals(goals)}
Peers: ${all.join(", ")}.
`;
}

function formatTimings(title: string, timings: readonly Timing[]): string {
  const rows = timings.map(
    ({ name, medianUs, fastestUs, slowestUs, ratio }) =>
      `| ${name} | ${toDigits(medianUs)} | ${toDigits(fastestUs)} to ${toDigits(slowestUs)} | ${ratio.toFixed(2)}× |`,
  );
  return `| ${title} | CPU per request, µs | spread | to us |\n|---|---:|---:|---:|\n${rows.join("\n")}\n`;
}

/** What was aimed at beside what was measured, met or not. */
function formatGoals(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const { name, value, unit, atMost, atLeast } = goal;
    const limit = atMost === undefined ? `at least ${atLeast} ${unit}` : `at most ${atMost} ${unit}`;
    return `| ${name} | ${unit === "×" ? value.toFixed(2) : value.toFixed(0)} ${unit} | ${limit} | ${isMet(goal) ? "yes" : "**no**"} |`;
  });
  return `| ratio or figure | measured | target | met |\n|---|---:|---:|---|\n${rows.join("\n")}\n`;
}

function toDigits(us: number): string {
  return us.toFixed(us < 100 ? 1 : 0).replace(/\B(?=(\d{3})+$)/g, ",");
}
