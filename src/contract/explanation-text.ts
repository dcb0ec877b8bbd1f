import { combineRequirements, combineSome, type Requirement } from "../authorization/requirement.ts";
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
    `\nFor all of it: ${formatNeeds(explanation)}.\n`,
    isAnswered ? `\n${formatSummary(explanation)}\n` : "",
  ].join("");
}

/** The same for machines. */
export function toReport(explanation: Explanation, isAnswered: boolean): unknown {
  const { fields, refusal } = explanation;
  const { access, isComplete } = toNeeds(explanation);
  return {
    requires: access,
    ...(!isComplete && { isComplete }),
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

/** More alternatives than this take too long to compare with each other. */
const maxAlternatives = 1000;

/** Everything that an operation asks for, together; not every alternative where there are too many. */
function toNeeds({ fields }: Explanation): { readonly access: Access; readonly isComplete: boolean } {
  const all = new Set(fields.flatMap(({ demands }) => demands.map(({ requirement }) => requirement)));
  let needs: Requirement | undefined;
  let isComplete = true;
  for (const requirement of all) {
    if ((needs?.alternatives.length ?? 0) * requirement.alternatives.length <= maxAlternatives) {
      needs = combineRequirements(needs, requirement);
    } else {
      needs = needs && combineSome(needs, requirement);
      isComplete = false;
    }
  }
  return { access: toAccess(needs), isComplete };
}

function formatNeeds(explanation: Explanation): string {
  const { access, isComplete } = toNeeds(explanation);
  return `${formatAccess(access)}${isComplete ? "" : ", or others, which are too many to list"}`;
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
