import { test } from "vitest";
import { assertAgreement } from "../oracle/properties.ts";

// For mutants: always the same few schemas, and the first disagreement is enough.
const trial = { numRuns: 30, seed: 1, endOnFailure: true };

test.each(["outcomes", "schemas"] as const)("product and oracle agree on %s", (name) =>
  assertAgreement(name, new Map(), trial),
);
