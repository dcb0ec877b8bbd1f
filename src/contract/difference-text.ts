import { formatAccess } from "./contract-text.ts";
import { changes, type Difference } from "./difference.ts";
import { formatTable, type TableFormat } from "./table.ts";

/** What changed between two contracts, for people: a line a coordinate, and how many there are of each kind. */
export function formatDifferences(differences: readonly Difference[], format: TableFormat): string {
  const changed = differences.filter(({ change }) => change !== "same");
  if (changed.length === 0) return "Nobody gains or loses anything.\n";
  const rows = changed.map(({ change, coordinate, before, after }) =>
    format === "text"
      ? [change, coordinate, `${formatSide(before)} → ${formatSide(after)}`]
      : [change, coordinate, formatSide(before), formatSide(after)],
  );
  const table = formatTable(format, ["change", "coordinate", "before", "after"], rows);
  const counts = changes.flatMap((change) => {
    const count = changed.filter((difference) => difference.change === change).length;
    return count === 0 ? [] : [`${count} ${change}`];
  });
  return format === "text" ? `${table}\n${counts.join(", ")}\n` : `**${counts.join(", ")}**\n\n${table}`;
}

function formatSide(side: Difference["before"]): string {
  return side === null ? "absent" : formatAccess(side);
}
