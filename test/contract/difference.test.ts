import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Access, toAccess } from "../../src/contract/contract.ts";
import { type Change, compareContracts, decideChange } from "../../src/contract/difference.ts";
import { formatDifferences } from "../../src/contract/difference-text.ts";
import { takeSnapshot } from "./guarded-schema.ts";
import { pairs } from "./pairs.ts";

function compare(before: string, after: string): Record<string, Change> {
  const differences = compareContracts(takeSnapshot(before), takeSnapshot(after));
  return Object.fromEntries(differences.map(({ coordinate, change }) => [coordinate, change]));
}

test.each(pairs)("$title", ({ before, after, printed }) => {
  const differences = compareContracts(takeSnapshot(before), takeSnapshot(after));
  expect(`\n${formatDifferences(differences, "text")}`).toBe(printed);
});

describe("what lost its rule", () => {
  test("is newly public, also an argument or input field, which then no contract lists", () => {
    const before = "type Query { a(all: Int @auth, in: In): Int @auth } input In { deleted: Int @auth, name: Int }";
    expect(compare(before, before.replaceAll(" @auth", ""))).toEqual({
      "Query.a": "newly-public",
      "Query.a(all:)": "newly-public",
      "In.deleted": "newly-public",
    });
  });

  test("is removed when it is gone", () => {
    const before = "type Query { a(all: Int @auth, in: In): Int, b: Int } input In { deleted: Int @auth, name: Int }";
    expect(compare(before, "type Query { a(in: In): Int } input In { name: Int }")).toEqual({
      "In.deleted": "removed",
      "Query.a": "same",
      "Query.a(all:)": "removed",
      "Query.b": "removed",
    });
  });

  test("is stronger when it gets one, and new-guarded when it came with one", () => {
    const before = "type Query { a(all: Int, in: In): Int } input In { name: Int }";
    const after =
      "type Query { a(all: Int @auth, in: In, more: Int @auth, open: Int): Int, b: Int @auth } input In { name: Int @auth }";
    expect(compare(before, after)).toEqual({
      "In.name": "stronger",
      "Query.a": "same",
      "Query.a(all:)": "stronger",
      "Query.a(more:)": "new-guarded",
      "Query.b": "new-guarded",
    });
  });
});

test("what gives most is said first, in text and in Markdown", () => {
  const before =
    'type Query { a: Int @auth, b: Int @requiresScope(scopes: "x"), c: Int, d: Int, e: Int @requiresScope(scopes: "x|y") }';
  const after = 'type Query { a: Int, b: Int @auth, c: Int @auth, e: Int @requiresScope(scopes: "z"), f: Int @auth }';
  const differences = compareContracts(takeSnapshot(before), takeSnapshot(after));
  expect(formatDifferences(differences, "text")).toBe(`\
newly-public  Query.a  any valid access token → public
weaker        Query.b  x → any valid access token
other         Query.e  x|y → z
stronger      Query.c  public → any valid access token
new-guarded   Query.f  absent → any valid access token
removed       Query.d  public → absent

1 newly-public, 1 weaker, 1 other, 1 stronger, 1 new-guarded, 1 removed
`);
  expect(formatDifferences(differences, "markdown")).toBe(`\
**1 newly-public, 1 weaker, 1 other, 1 stronger, 1 new-guarded, 1 removed**

| change | coordinate | before | after |
| --- | --- | --- | --- |
| \`newly-public\` | \`Query.a\` | \`any valid access token\` | \`public\` |
| \`weaker\` | \`Query.b\` | \`x\` | \`any valid access token\` |
| \`other\` | \`Query.e\` | \`x\\|y\` | \`z\` |
| \`stronger\` | \`Query.c\` | \`public\` | \`any valid access token\` |
| \`new-guarded\` | \`Query.f\` | \`absent\` | \`any valid access token\` |
| \`removed\` | \`Query.d\` | \`public\` | \`absent\` |
`);
});

const scopes = ["a", "b", "c", "d"];

/** Anonymous, and a caller with each subset of the scopes. */
const callers: readonly (ReadonlySet<string> | undefined)[] = [
  undefined,
  ...Array.from(
    { length: 2 ** scopes.length },
    (_, bits) => new Set(scopes.filter((__, index) => bits & (1 << index))),
  ),
];

function isGranted({ access, scopes: alternatives = [] }: Access, caller: ReadonlySet<string> | undefined): boolean {
  if (access === "public") return true;
  if (caller === undefined) return false;
  return access === "authenticated" || alternatives.some((all) => all.every((scope) => caller.has(scope)));
}

const access: fc.Arbitrary<Access> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Access>({ access: "public" }) },
  { weight: 1, arbitrary: fc.constant<Access>({ access: "authenticated" }) },
  {
    weight: 6,
    arbitrary: fc
      .array(fc.array(fc.constantFrom(...scopes), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 })
      .map((alternatives): Access => ({ access: "scopes", scopes: alternatives })),
  },
);

describe("a change is what comes of asking for every caller there can be", () => {
  const seen = new Map<Change, number>();

  test("of two requirements", () => {
    fc.assert(
      fc.property(access, access, (before, after) => {
        const gains = callers.filter((caller) => !isGranted(before, caller) && isGranted(after, caller));
        const losses = callers.filter((caller) => isGranted(before, caller) && !isGranted(after, caller));
        const change = decideChange(before, after);
        seen.set(change, (seen.get(change) ?? 0) + 1);
        const [isMore, isLess] = [gains.length > 0, losses.length > 0];
        const expected: Change = isMore ? (isLess ? "other" : "weaker") : isLess ? "stronger" : "same";
        expect(change).toBe(gains.includes(undefined) ? "newly-public" : expected);
      }),
      { numRuns: 5_000 },
    );
    for (const change of ["newly-public", "weaker", "stronger", "other", "same"] as const) {
      expect(seen.get(change), change).toBeGreaterThan(100);
    }
  });

  test("and one that is written otherwise is the same", () => {
    fc.assert(
      fc.property(
        access.chain((one) => fc.tuple(fc.constant(one), shuffle(one))),
        ([one, other]) => {
          expect(decideChange(one, other)).toBe("same");
        },
      ),
    );
  });
});

/** Alternatives and their scopes in another order, and one more that asks for more than another does. */
function shuffle({ access: kind, scopes: alternatives = [] }: Access): fc.Arbitrary<Access> {
  if (kind !== "scopes") return fc.constant(toAccess(kind === "public" ? undefined : { alternatives: [[], ["a"]] }));
  const longer = [...alternatives, [...(alternatives[0] ?? []), "more"]];
  return fc
    .tuple(...longer.map((all) => fc.shuffledSubarray([...all], { minLength: all.length })))
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }))
    .map((all): Access => ({ access: "scopes", scopes: all }));
}
