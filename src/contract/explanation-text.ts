import { combineSome, type Requirement } from "../authorization/requirement.ts";
import { toStatus } from "../errors.ts";
import { type Access, toAccess } from "./contract.ts";
import { formatAccess } from "./contract-text.ts";
import type { ExplainedField, Explanation } from "./explanation.ts";
import { formatTable, type TableFormat } from "./table.ts";

/** What an operation needs, for people: a line for each thing that asks; and what its caller gets, if it has one. */
export function formatExplanation(explanation: Explanation, isAnswered: boolean, format: TableFormat): string {
  const rows = explanation.fields.flatMap((field) => {
    const outcome = isAnswered ? [formatOutcome(field)] : [];
    return toRows(field).map((row, index) => (index === 0 ? [...row, ...outcome] : row));
  });
  const header = ["field", "coordinate", "requires", ...(isAnswered ? ["this caller gets"] : [])];
  const cells = rows.map((row) => header.map((_, index) => row[index] ?? ""));
  return [
    formatTable(format, header, format === "text" ? [header, ...cells] : cells),
    `\nFor all of it: ${formatAccess(toNeeds(explanation))}.\n`,
    isAnswered ? `\n${formatSummary(explanation)}\n` : "",
  ].join("");
}

/** The same for machines. */
export function toReport(explanation: Explanation, isAnswered: boolean): unknown {
  const { fields, refusal } = explanation;
  return {
    requires: toNeeds(explanation),
    ...(isAnswered && { status: refusal === undefined ? 200 : toStatus(refusal) }),
    ...(isAnswered && refusal && { code: refusal.code, reason: refusal.reason }),
    fields: fields.map(({ path, coordinate, demands, answer }) => ({
      path,
      coordinate,
      requires: demands.map((demand) => ({ coordinate: demand.coordinate, ...toAccess(demand.requirement) })),
      ...(isAnswered && { answer: answer.kind }),
      ...(isAnswered && "because" in answer && { because: answer.because }),
    })),
  };
}

/** Everything that an operation asks for, together. */
function toNeeds({ fields }: Explanation): Access {
  const all = fields.flatMap(({ demands }) => demands.map(({ requirement }) => requirement));
  return toAccess(
    all.reduce<Requirement | undefined>(
      (one, other) => (one === undefined ? other : combineSome(one, other)),
      undefined,
    ),
  );
}

/** Of a field: itself, and each of its guarded arguments and input fields. */
function toRows({ path, coordinate, demands }: ExplainedField): readonly (readonly string[])[] {
  const own = demands.find((demand) => demand.coordinate === coordinate);
  const inputs = demands.filter((demand) => demand !== own);
  return [
    [path, coordinate, formatAccess(toAccess(own?.requirement))],
    ...inputs.map((demand) => ["", demand.coordinate, formatAccess(toAccess(demand.requirement))]),
  ];
}

function formatOutcome({ answer }: ExplainedField): string {
  switch (answer.kind) {
    case "data":
      return "data";
    case "refused":
      return `refused: ${answer.refusal.reason}`;
    case "lost":
      return `nothing, as ${answer.because} is refused`;
    case "perhaps":
      return `data, or nothing where ${answer.because} is refused`;
  }
}

function formatSummary({ fields, refusal }: Explanation): string {
  if (refusal !== undefined)
    return `This caller is refused: status ${toStatus(refusal)}, ${refusal.code}, and nothing is executed.`;
  const refused = fields.filter(({ answer }) => answer.kind === "refused").length;
  if (refused === 0) return "This caller gets all of it: status 200.";
  const kinds = new Set(fields.map(({ answer }) => answer.kind));
  const least = kinds.has("perhaps") ? "at most a part" : "nothing";
  return `This caller gets ${kinds.has("data") ? "a part" : least} of it: status 200, with ${refused} of ${fields.length} fields refused.`;
}
