/** What a caller must have beside a valid token: every scope of one of these sets. */
export type Requirement = readonly ReadonlySet<string>[];

/** A valid token, and no scope. */
export const validToken: Requirement = [new Set()];

/** What asks for all of these; undefined if there is none of them, and so nothing is asked for. */
export function requireAll(requirements: readonly Requirement[]): Requirement | undefined {
  if (requirements.length === 0) return undefined;
  return requirements.reduce((one, other) =>
    absorb(one.flatMap((left) => other.map((right) => new Set([...left, ...right])))),
  );
}

/** The requirement without the sets that ask for all of another one and more, and without any twice. */
function absorb(requirement: Requirement): Requirement {
  return requirement.filter(
    (set, index) =>
      !requirement.some((other, otherIndex) => isPart(other, set) && (other.size < set.size || otherIndex < index)),
  );
}

/** Whether a caller with a valid token and these scopes has what is required. */
export function isMet(requirement: Requirement, scopes: ReadonlySet<string>): boolean {
  return requirement.some((set) => isPart(set, scopes));
}

/** A text that is the same for requirements that are the same sets of sets. */
export function describeRequirement(requirement: Requirement): string {
  return absorb(requirement)
    .map((set) => JSON.stringify([...set].toSorted()))
    .toSorted()
    .join(" or ");
}

function isPart(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return [...part].every((scope) => whole.has(scope));
}
