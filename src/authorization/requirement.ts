import type { RequiredScopes } from "../errors.ts";

/**
 * What a caller must have: any one of the alternatives (OR), every scope of it (AND), beside a valid token.
 * One empty alternative asks for a valid token only. No requirement at all is `undefined`: public.
 */
export interface Requirement {
  readonly alternatives: RequiredScopes;
}

/** How many alternatives a requirement may have; deciding one must stay cheap. */
export const maxAlternatives = 64;

/** `@auth`: a valid token is enough. */
export const authenticated: Requirement = freeze([[]]);

/** Both must hold: every alternative of one with every alternative of the other, without the superfluous. */
export function combineRequirements(
  one: Requirement | undefined,
  other: Requirement | undefined,
): Requirement | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return createRequirement(one.alternatives.flatMap((left) => other.alternatives.map((right) => [...left, ...right])));
}

/**
 * Both must hold, as `combineRequirements`, but where that comes to too many alternatives only some of them: each is
 * enough, and there are others. For telling what would be enough while a request waits; not for deciding.
 */
export function combineSome(one: Requirement, other: Requirement): Requirement {
  const isMany = one.alternatives.length * other.alternatives.length > maxAlternatives;
  const most = isMany ? Math.sqrt(maxAlternatives) : maxAlternatives;
  const [left, right] = [one.alternatives.slice(0, most), other.alternatives.slice(0, most)];
  return createRequirement(left.flatMap((scopes) => right.map((more) => [...scopes, ...more])));
}

/** Normalises alternatives: no scope twice, and no alternative that asks for all of another and more (absorption). */
export function createRequirement(alternatives: RequiredScopes): Requirement {
  const sets = alternatives.map((scopes) => new Set(scopes));
  const kept = sets.filter(
    (set, index) =>
      !sets.some(
        (other, otherIndex) => isSubset(other, set) && (other.size < set.size || otherIndex < index), // of two equal ones the first stays
      ),
  );
  return freeze(kept.map((set) => [...set]));
}

// Errors hand these lists out: whoever formats errors must not be able to change what is required.
function freeze(alternatives: RequiredScopes): Requirement {
  for (const alternative of alternatives) Object.freeze(alternative);
  return Object.freeze({ alternatives: Object.freeze(alternatives) });
}

/**
 * Whether whoever has what one requires also has what the other requires, whatever scopes there are. Exact: what has
 * just the scopes of an alternative is the least that satisfies it.
 */
export function implies(one: Requirement | undefined, other: Requirement | undefined): boolean {
  if (other === undefined) return true;
  return one?.alternatives.every((scopes) => isSatisfied(other, new Set(scopes))) ?? false;
}

function isSubset(small: ReadonlySet<string>, large: ReadonlySet<string>): boolean {
  return small.size <= large.size && [...small].every((scope) => large.has(scope));
}

/** Whether a caller with these scopes has what is required. Allocates nothing. */
export function isSatisfied({ alternatives }: Requirement, scopes: ReadonlySet<string>): boolean {
  for (const alternative of alternatives) {
    if (hasAll(alternative, scopes)) return true;
  }
  return false;
}

function hasAll(alternative: readonly string[], scopes: ReadonlySet<string>): boolean {
  for (const scope of alternative) {
    if (!scopes.has(scope)) return false;
  }
  return true;
}

/** The alternative that lacks the fewest scopes: what a caller should ask the authorization server for. */
export function findNearest(alternatives: RequiredScopes, scopes: ReadonlySet<string>): readonly string[] {
  const countMissing = (alternative: readonly string[]): number =>
    alternative.filter((scope) => !scopes.has(scope)).length;
  return alternatives.reduce(
    (nearest, next) => (countMissing(next) < countMissing(nearest) ? next : nearest),
    alternatives[0] ?? [],
  );
}
