import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { print, validate } from "graphql";
import type { Execution, Outcome, ResponseError, ResponseValue } from "./execution.ts";
import { type Prediction, predict } from "./executor.ts";
import type { Case } from "./generation/case.ts";
import { buildProduct, run } from "./product.ts";
import { readSchema, type SchemaDefinition } from "./type-definitions.ts";

/** Executes a case and compares all that can be seen of it with what the oracle predicts; returns that. */
export async function compare({ sdl, dataset, documents }: Case): Promise<readonly Prediction[]> {
  const product = buildProduct(sdl, dataset);
  const definition = readSchema(sdl);
  const predictions: Prediction[] = [];
  for (const { document, executions } of documents) {
    // At once: executions that wait for a promise go on in between others.
    const outcomes = await Promise.all(executions.map((execution) => run(product, execution)));
    try {
      for (const [index, execution] of executions.entries()) {
        predictions.push(compareOne(definition, execution, outcomes[index]));
      }
    } catch (error) {
      // The oracle predicts nothing of an operation that should not be executed: then the case is discarded.
      fc.pre(validate(product, document).length === 0);
      throw error;
    }
  }
  return predictions;
}

function compareOne(definition: SchemaDefinition, execution: Execution, outcome: Outcome | undefined): Prediction {
  ok(outcome);
  const prediction = predict(definition, execution);
  try {
    if (isRace(execution, prediction)) assertWithin(outcome, definition, execution);
    else deepStrictEqual(describeOutcome(outcome), describeOutcome(prediction));
  } catch (cause) {
    const { operationName, variables, caller } = execution;
    const asked = `${print(execution.document)}\n${JSON.stringify({ operationName, variables, caller })}`;
    throw new Error(`${asked}\n${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  return prediction;
}

/**
 * Only root fields return promises: below each, everything goes in order, and which refusal in a list is the first one
 * does not depend on time. One thing does: when a root field of a query fails that must not be null, how far the others
 * have come.
 */
function isRace({ document, operationName, dataset }: Execution, { data }: Prediction): boolean {
  if (data !== null || dataset.promised.size === 0) return false;
  return document.definitions.some(
    (definition) =>
      definition.kind === "OperationDefinition" &&
      definition.operation === "query" &&
      (operationName === undefined || definition.name?.value === operationName),
  );
}

/** There is no data; nothing was refused or called that would not be if each root field went on to its end. */
function assertWithin(outcome: Outcome, definition: SchemaDefinition, execution: Execution): void {
  const all = describeOutcome(predict(definition, execution, "go on"));
  const seen = describeOutcome(outcome);
  deepStrictEqual(seen.data, all.data);
  ok(seen.errors.length > 0);
  deepStrictEqual(subtract(seen.errors, all.errors), []);
  deepStrictEqual(subtract(seen.calls, all.calls), []);
}

/** What is in one list oftener than in the other. */
function subtract(from: readonly string[], what: readonly string[]): readonly string[] {
  const left = [...from];
  for (const one of what) {
    const index = left.indexOf(one);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}

interface DescribedOutcome {
  readonly data: string;
  readonly errors: readonly string[];
  readonly calls: readonly string[];
}

/** An outcome in texts that do not depend on order. */
function describeOutcome({ data, errors, calls }: Outcome): DescribedOutcome {
  return { data: describeValue(data), errors: errors.map(describeError).toSorted(), calls: calls.toSorted() };
}

function describeValue(value: ResponseValue): string {
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => `${JSON.stringify(key)}: ${describeValue(item)}`);
    return `{ ${entries.toSorted().join(", ")} }`;
  }
  return Array.isArray(value) ? `[${value.map(describeValue).join(", ")}]` : JSON.stringify(value);
}

function describeError({ path, code, reason, requiredScopes }: ResponseError): string {
  const what = code === undefined ? "failed" : `${code} ${reason}`;
  return `${path.join(".")} ${what}${requiredScopes === undefined ? "" : ` ${requiredScopes}`}`;
}
