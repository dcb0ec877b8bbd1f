import { implies } from "../authorization/requirement.ts";
import { type Access, type ContractEntry, type Snapshot, toRequirement } from "./contract.ts";

/**
 * What became of who gets something. `newly-public`: everybody does now. `weaker`: some who did not do now, and nobody
 * lost it. `stronger`: the reverse. `other`: some gained it and some lost it. `new-guarded`: it is new, and not public.
 */
export type Change = "newly-public" | "weaker" | "other" | "stronger" | "new-guarded" | "removed" | "same";

/** All changes, those to look at first first. */
export const changes: readonly Change[] = [
  "newly-public",
  "weaker",
  "other",
  "stronger",
  "new-guarded",
  "removed",
  "same",
];

/** A coordinate in two contracts. */
export interface Difference {
  readonly coordinate: string;
  readonly change: Change;
  /** Null where it was not there. */
  readonly before: Omit<ContractEntry, "coordinate"> | null;
  /** Null where it is not there any more. */
  readonly after: Omit<ContractEntry, "coordinate"> | null;
}

/**
 * Compares two contracts, coordinate by coordinate: by what the requirements mean, not by how they are written.
 * What gives more to somebody comes first.
 *
 * An argument or input field that lost its rule is newly public while it is still there, though no contract lists it.
 */
export function compareContracts(before: Snapshot, after: Snapshot): readonly Difference[] {
  const [findBefore, findAfter] = [createFinder(before), createFinder(after)];
  const coordinates = new Set([...before.contract, ...after.contract].map(({ coordinate }) => coordinate));
  return [...coordinates]
    .toSorted()
    .map((coordinate) => {
      const sides = { before: findBefore(coordinate), after: findAfter(coordinate) };
      return { coordinate, change: decideChange(sides.before, sides.after), ...sides };
    })
    .toSorted((one, other) => changes.indexOf(one.change) - changes.indexOf(other.change));
}

/** What became of who gets something that was, or is, there. */
export function decideChange(before: Access | null, after: Access | null): Change {
  if (after === null) return "removed";
  const next = toRequirement(after);
  if (before === null) return next === undefined ? "newly-public" : "new-guarded";
  const previous = toRequirement(before);
  const [keepsAll, addsNobody] = [implies(previous, next), implies(next, previous)];
  if (keepsAll && addsNobody) return "same";
  if (next === undefined) return "newly-public";
  if (keepsAll) return "weaker";
  return addsNobody ? "stronger" : "other";
}

/** Whether a change gives something to somebody, and takes nothing from anybody. */
export function isWeakening(change: Change): boolean {
  return change === "newly-public" || change === "weaker";
}

const open = { access: "public" } as const;

function createFinder({ contract, openInputs }: Snapshot): (coordinate: string) => Difference["after"] {
  const entries = new Map(contract.map(({ coordinate, ...entry }) => [coordinate, entry]));
  return (coordinate) => entries.get(coordinate) ?? (openInputs.has(coordinate) ? open : null);
}
