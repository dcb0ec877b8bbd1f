import type { Policy } from "../authorization/policy.ts";
import { authenticated, createRequirement, type Requirement } from "../authorization/requirement.ts";
import type { RequiredScopes } from "../errors.ts";

/** Who gets something: everybody, whoever has a valid token, or whoever has scopes beside it. */
export interface Access {
  readonly access: "public" | "authenticated" | "scopes";
  /** As in `@requiresScope`; only with `access: "scopes"`. */
  readonly scopes?: RequiredScopes;
}

/** A rule that bears on an entry, and the coordinate where it is written. */
interface RuleOrigin extends Access {
  /** `Query.users`, `User`, `Node.id`; `(unmarked)` where only the option `unmarked` says it. */
  readonly coordinate: string;
}

/** Who gets one field of an object type, or may give an argument or input field; all rules that bear on it together. */
export interface ContractEntry extends Access {
  /** `Query.users`, `Query.users(all:)`, `Filter.deleted`. */
  readonly coordinate: string;
  /** The rules that come to this; absent where it is public. */
  readonly from?: readonly RuleOrigin[];
}

/** A contract, and what it need not list. */
export interface Snapshot {
  readonly contract: readonly ContractEntry[];
  /** The arguments and input fields that require nothing. */
  readonly openInputs: ReadonlySet<string>;
}

/**
 * The authorization contract that a policy comes to, in alphabetical order: every field with what it requires and the
 * rules that this comes from, and the arguments and input fields that require something.
 */
export function toContract({ subjects, requirements }: Policy): readonly ContractEntry[] {
  return [...subjects]
    .filter(([coordinate, { kind }]) => kind === "field" || requirements.has(coordinate))
    .map(([coordinate, { rules }]) => ({
      coordinate,
      ...toAccess(requirements.get(coordinate)),
      ...(rules.length > 0 && {
        from: rules.map(({ place, requirement }) => ({ coordinate: place, ...toAccess(requirement) })),
      }),
    }))
    .toSorted((one, other) => (one.coordinate < other.coordinate ? -1 : 1));
}

/** The contract that a policy comes to, with the arguments and input fields that it does not list. */
export function toSnapshot(policy: Policy): Snapshot {
  const inputs = [...policy.subjects].filter(([coordinate, { kind }]) => {
    return kind === "input" && !policy.requirements.has(coordinate);
  });
  return { contract: toContract(policy), openInputs: new Set(inputs.map(([coordinate]) => coordinate)) };
}

/** Who has what is required; `undefined` is required of nobody. */
export function toAccess(requirement: Requirement | undefined): Access {
  if (requirement === undefined) return { access: "public" };
  const scopes = requirement.alternatives;
  return scopes.some((alternative) => alternative.length === 0)
    ? { access: "authenticated" }
    : { access: "scopes", scopes };
}

/** What an access requires; undefined of a public one. */
export function toRequirement({ access, scopes = [] }: Access): Requirement | undefined {
  switch (access) {
    case "public":
      return undefined;
    case "authenticated":
      return authenticated;
    case "scopes":
      return createRequirement(scopes);
  }
}
