import fc from "fast-check";

/**
 * Everything random is read from a tape of numbers that fast-check makes. Shrinking then works on all that is generated
 * alike: a shorter tape, or smaller numbers on it, is a simpler case, as the first choice is always the simplest.
 */
export interface Choices {
  /** A number from 0 to below the limit. */
  readonly below: (limit: number) => number;
  readonly chance: (percent: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
  /** Each with this chance. */
  readonly some: <T>(from: readonly T[], percent: number) => T[];
  /** As many as chosen between two numbers. */
  readonly times: <T>(least: number, most: number, make: (index: number) => T) => T[];
}

/** A tape of at most this length. */
export function tapes(maxLength: number): fc.Arbitrary<number[]> {
  return fc.noBias(fc.array(fc.nat({ max: 99 }), { maxLength, size: "max" }));
}

/** Reads choices from a tape; after its end each choice is the first one. */
export function readChoices(tape: readonly number[]): Choices {
  let position = 0;
  const below = (limit: number): number => {
    const drawn = tape[position] ?? 0;
    position += 1;
    return drawn % limit;
  };
  const chance = (percent: number): boolean => below(100) >= 100 - percent;
  return {
    below,
    chance,
    pick: (from) => {
      const picked = from[below(from.length)];
      if (picked === undefined) throw new Error("Nothing to pick from");
      return picked;
    },
    some: (from, percent) => from.filter(() => chance(percent)),
    times: (least, most, make) => Array.from({ length: least + below(most - least + 1) }, (_, index) => make(index)),
  };
}
