import fc from "fast-check";
import { validate, validateSchema } from "graphql";
import { expect, test } from "vitest";
import { answerKinds } from "./answers.ts";
import { type Distribution, findRare, outcomeKinds, schemaKinds } from "./distribution.ts";
import { cases } from "./generation/case.ts";
import { planKinds } from "./plans.ts";
import { buildProduct } from "./product.ts";
import { assertAgreement, type Trial } from "./properties.ts";

// To repeat a failure: its message has the seed.
const seed = process.env["FUZZ_SEED"];
const repeated: Partial<Trial> = seed === undefined ? {} : { seed: Number(seed) };
const timeoutMs = 180_000;

/** Tries a number of schemas, and as many again, at most twice, when by chance some kind was hardly among them. */
async function tryAll(
  name: "outcomes" | "schemas" | "answers" | "plans",
  numRuns: number,
  kinds: readonly string[],
): Promise<Distribution> {
  const seen: Distribution = new Map();
  for (let round = 0; round < 3; round += 1) {
    await assertAgreement(name, seen, { numRuns, ...repeated });
    if (findRare(seen, kinds, 3).length === 0) break;
  }
  return seen;
}

test(
  "a guarded schema answers what the oracle predicts and calls no other resolvers, in 2,000 documents for several callers each",
  async () => {
    const seen = await tryAll("outcomes", 450, outcomeKinds);
    expect(seen.get("documents")).toBeGreaterThanOrEqual(2_000);
    expect(findRare(seen, outcomeKinds, 3)).toEqual([]);
  },
  timeoutMs,
);

test(
  "a schema is refused for exactly the rules that the oracle finds could never take effect",
  async () => {
    const seen = await tryAll("schemas", 500, schemaKinds);
    expect(findRare(seen, schemaKinds, 3)).toEqual([]);
  },
  timeoutMs,
);

test(
  "what a server answers past Apollo Server is what Apollo Server answers, and no other resolvers are called",
  async () => {
    const seen = await tryAll("answers", 100, answerKinds);
    expect(findRare(seen, answerKinds, 30)).toEqual([]);
  },
  timeoutMs,
);

test(
  "a planned query comes to what graphql-js makes of it, and calls the same resolvers in the same order",
  async () => {
    const seen = await tryAll("plans", 450, planKinds);
    expect(findRare(seen, planKinds, 30)).toEqual([]);
  },
  timeoutMs,
);

test("what is generated is valid: next to no case is discarded", () => {
  const sample = fc.sample(cases, 60).map(({ sdl, dataset, documents }) => {
    const schema = buildProduct(sdl, dataset);
    return [...validateSchema(schema), ...documents.flatMap(({ document }) => validate(schema, document))];
  });
  expect(sample.filter((errors) => errors.length > 0).length).toBeLessThan(2);
});
