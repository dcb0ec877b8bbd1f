import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { compareAnswers } from "./answers.ts";
import { compare } from "./comparison.ts";
import { countCase, countSchema, type Distribution } from "./distribution.ts";
import { findIneffectiveRules } from "./effectiveness.ts";
import { cases, schemas } from "./generation/case.ts";
import { comparePlans } from "./plans.ts";
import { listRefused } from "./product.ts";
import { readSchema } from "./type-definitions.ts";

/** By name, what product and oracle have to agree on; each counts what it has seen. */
export const properties: Readonly<Record<"outcomes" | "schemas" | "answers" | "plans", Property>> = {
  /** What a guarded schema answers, and which resolvers it calls, is what the oracle predicts. */
  outcomes: (seen) =>
    fc.asyncProperty(cases, async (one) => countCase(seen, one, await compare(one))) as fc.IRawProperty<unknown>,
  /** A schema is refused for exactly the rules that the oracle finds could never take effect. */
  schemas: (seen) =>
    fc.property(schemas, (sdl) => {
      const expected = findIneffectiveRules(readSchema(sdl));
      deepStrictEqual(listRefused(sdl), new Set(expected));
      countSchema(seen, expected);
    }) as fc.IRawProperty<unknown>,
  /** What a server answers past Apollo Server is what Apollo Server answers. */
  answers: (seen) => fc.asyncProperty(cases, (one) => compareAnswers(one, seen)) as fc.IRawProperty<unknown>,
  /** What a planned query comes to is what graphql-js makes of it. */
  plans: (seen) => fc.asyncProperty(cases, (one) => comparePlans(one, seen)) as fc.IRawProperty<unknown>,
};

type Property = (seen: Distribution) => fc.IRawProperty<unknown>;

/** How long to search for a smaller counterexample, and to run at all. */
const limitMs = 120_000;

/** Which cases to try. */
export interface Trial {
  readonly numRuns: number;
  readonly seed?: number | undefined;
  readonly path?: string | undefined;
  /** Leaves the first counterexample as large as it is. Default: it is made smaller. */
  readonly endOnFailure?: boolean;
}

/** Fails with the smallest counterexample found, and the command that repeats it. */
export async function assertAgreement(
  name: keyof typeof properties,
  seen: Distribution,
  { numRuns, seed, path, endOnFailure = false }: Trial,
): Promise<void> {
  const details = await fc.check(properties[name](seen), {
    numRuns,
    endOnFailure,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
    interruptAfterTimeLimit: limitMs,
    markInterruptAsFailure: true,
  });
  if (!details.failed) return;
  const { errorInstance, counterexamplePath: found } = details;
  const what = errorInstance instanceof Error ? errorInstance.message : `Not done in ${limitMs / 1_000} s.`;
  const again = `npm run fuzz -- --property ${name} --seed=${details.seed}${found === null ? "" : ` --path ${found}`}`;
  throw new Error(`${fc.defaultReportMessage(details)}\n${what}\nTo see it again: ${again}`, { cause: errorInstance });
}
