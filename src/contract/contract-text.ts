import * as v from "valibot";
import type { Access, ContractEntry } from "./contract.ts";
import { formatTable, type TableFormat } from "./table.ts";

/** A contract for people: a line a coordinate, what is public said aloud, and rules that are written elsewhere. */
export function formatContract(contract: readonly ContractEntry[], format: TableFormat): string {
  const rows = contract.map((entry) => [entry.coordinate, formatAccess(entry), formatOrigins(entry)]);
  return formatTable(format, ["coordinate", "requires", "from"], rows);
}

/** Who gets something, in words. */
export function formatAccess({ access, scopes = [] }: Access): string {
  if (access === "public") return "public";
  if (access === "authenticated") return "any valid access token";
  return scopes.map((alternative) => alternative.join(" and ")).join(", or ");
}

/** Where the rules of an entry are written; empty where that is the entry's own place and nowhere else. */
function formatOrigins({ coordinate, from = [] }: ContractEntry): string {
  const [first, ...more] = from;
  if (first === undefined) return "";
  if (more.length === 0) return first.coordinate === coordinate ? "" : `from ${first.coordinate}`;
  return `from ${from.map((rule) => `${rule.coordinate} (${formatAccess(rule)})`).join(", ")}`;
}

/** Something as JSON, a line a value, for files and pipes. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const coordinate = v.string();
const scopes = v.pipe(v.array(v.pipe(v.array(v.string()), v.nonEmpty())), v.nonEmpty());
const access = v.variant("access", [
  v.object({ coordinate, access: v.picklist(["public", "authenticated"]) }),
  v.object({ coordinate, access: v.literal("scopes"), scopes }),
]);
const entries = v.array(v.intersect([access, v.object({ from: v.optional(v.array(access)) })]));

/** Reads a contract that was written down. Returns undefined for anything else. */
export function parseContract(text: string): readonly ContractEntry[] | undefined {
  try {
    return v.parse(entries, JSON.parse(text)) as readonly ContractEntry[];
  } catch {
    return undefined;
  }
}
