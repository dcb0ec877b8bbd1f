/** How a report is written: for a terminal, or for a pull request. */
export type TableFormat = "text" | "markdown";

/** Writes rows of cells below each other; in Markdown below a header, and with each cell that is not empty as code. */
export function formatTable(
  format: TableFormat,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (format === "text") return formatColumns(rows);
  const lines = [header, header.map(() => "---"), ...rows.map((row) => row.map(toCode))];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(cell.length, known[index] ?? 0)),
    [],
  );
  const toLine = (row: readonly string[]): string =>
    row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ");
  return rows.map((row) => `${toLine(row).trimEnd()}\n`).join("");
}

/** Scopes may have characters that mean something in a table of Markdown. */
function toCode(cell: string): string {
  if (cell === "") return "";
  const text = cell.replaceAll("|", "\\|");
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}
