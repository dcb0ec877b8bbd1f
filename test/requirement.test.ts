import { describe, expect, test } from "vitest";
import {
  authenticated,
  combineRequirements,
  createRequirement,
  findNearest,
  isSatisfied,
} from "../src/authorization/requirement.ts";

describe("a requirement", () => {
  test.each([
    [[["a"], ["a"]], [["a"]]],
    [[["a", "a"]], [["a"]]],
    [[["a", "b"], ["a"]], [["a"]]],
    [
      [
        ["b", "a"],
        ["a", "b"],
      ],
      [["b", "a"]],
    ],
    [[["a"], []], [[]]],
    [
      [["b"], ["a", "c"]],
      [["b"], ["a", "c"]],
    ],
  ])("of %j is %j: nothing twice, nothing that asks for more than another alternative", (given, alternatives) => {
    expect(createRequirement(given)).toEqual({ alternatives });
  });

  test("cannot be changed by whoever is handed its lists", () => {
    for (const { alternatives } of [createRequirement([["a"]]), authenticated]) {
      expect([Object.isFrozen(alternatives), Object.isFrozen(alternatives[0])]).toEqual([true, true]);
    }
  });

  test("combined with another asks for both", () => {
    const one = createRequirement([["a"], ["b"]]);
    const other = createRequirement([["c"], ["a"]]);
    expect(combineRequirements(one, other)).toEqual({ alternatives: [["a"], ["b", "c"]] });
    expect(combineRequirements(authenticated, one)).toEqual(one);
    expect(combineRequirements(undefined, one)).toBe(one);
    expect(combineRequirements(undefined, undefined)).toBeUndefined();
  });

  test("is satisfied by every scope of one alternative", () => {
    const requirement = createRequirement([["a", "b"], ["c"]]);
    const check = (...scopes: string[]): boolean => isSatisfied(requirement, new Set(scopes));
    expect([check("a", "b"), check("c"), check("c", "z")]).toEqual([true, true, true]);
    expect([check("a"), check("b"), check(), check("A", "b"), check("a b")]).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(isSatisfied(authenticated, new Set())).toBe(true);
  });

  test("is nearest by the alternative that lacks the fewest scopes", () => {
    const alternatives = [
      ["a", "b", "c"],
      ["d", "e"],
    ];
    expect(findNearest(alternatives, new Set(["a", "b"]))).toEqual(["a", "b", "c"]);
    expect(findNearest(alternatives, new Set())).toEqual(["d", "e"]);
  });
});
