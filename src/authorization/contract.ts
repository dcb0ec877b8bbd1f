import { type GraphQLSchema, isIntrospectionType, isObjectType } from "graphql";
import type { RequiredScopes } from "../errors.ts";
import { findGuarded } from "./guard.ts";
import type { Requirement } from "./requirement.ts";

/** Who gets one field of an object type, or may give an argument or input field; all rules that bear on it together. */
export interface ContractEntry {
  /** `Query.users`, `Query.users(all:)`, `Filter.deleted`. */
  readonly coordinate: string;
  readonly access: "public" | "authenticated" | "scopes";
  /** As in `@requiresScope`; only with `access: "scopes"`. */
  readonly scopes?: RequiredScopes;
}

/**
 * The authorization contract of a guarded schema, in alphabetical order: every field with what it requires, and the
 * arguments and input fields that require something.
 */
export function toContract(schema: GraphQLSchema): readonly ContractEntry[] {
  const requirements = findGuarded(schema)?.policy.requirements;
  if (requirements === undefined) throw new TypeError("The schema is not guarded: it has no contract.");
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !isIntrospectionType(type))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
  return [...new Set([...fields, ...requirements.keys()])]
    .toSorted()
    .map((coordinate) => toEntry(coordinate, requirements.get(coordinate)));
}

function toEntry(coordinate: string, requirement: Requirement | undefined): ContractEntry {
  if (requirement === undefined) return { coordinate, access: "public" };
  const scopes = requirement.alternatives;
  return scopes.some((alternative) => alternative.length === 0)
    ? { coordinate, access: "authenticated" }
    : { coordinate, access: "scopes", scopes };
}

/** The contract for people: a line a field, what is public said aloud. */
export function formatContract(contract: readonly ContractEntry[]): string {
  const width = Math.max(0, ...contract.map(({ coordinate }) => coordinate.length));
  return contract.map((entry) => `${entry.coordinate.padEnd(width)}  ${formatAccess(entry)}\n`).join("");
}

function formatAccess({ access, scopes = [] }: ContractEntry): string {
  if (access === "public") return "public";
  if (access === "authenticated") return "any valid access token";
  return scopes.map((alternative) => alternative.join(" and ")).join(", or ");
}
