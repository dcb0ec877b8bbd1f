import { deepStrictEqual } from "node:assert/strict";
import { type DocumentNode, execute, type GraphQLSchema, getOperationAST, visit } from "graphql";
import { executePlan } from "../../src/execution/execute-plan.ts";
import { createPlan } from "../../src/execution/plan.ts";
import { add, type Distribution } from "./distribution.ts";
import type { Execution } from "./execution.ts";
import type { Case } from "./generation/case.ts";
import { buildProduct, toAuthentication } from "./product.ts";

/** What has to be seen of plans. */
export const planKinds: readonly string[] = [
  "planned",
  "planned, without data",
  "planned, with errors",
  "planned, with refusals",
  "planned, with promises",
  "left to graphql-js",
];

/** No document that is generated comes near. */
const maxSize = 1_000_000;

/** Executes each document of a case by plan and by graphql-js, as it is and without directives, and compares. */
export async function comparePlans({ sdl, dataset, documents }: Case, seen: Distribution): Promise<void> {
  const calls: string[] = [];
  const schema = buildProduct(sdl, dataset, { served: calls });
  for (const { document, executions } of documents) {
    for (const one of executions) {
      for (const each of [document, withoutDirectives(document)]) {
        await comparePlan(schema, { ...one, document: each }, calls, seen);
      }
    }
  }
}

async function comparePlan(
  schema: GraphQLSchema,
  { document, operationName, variables: variableValues, caller }: Omit<Execution, "dataset">,
  calls: string[],
  seen: Distribution,
): Promise<void> {
  const operation = getOperationAST(document, operationName);
  const plan = operation ? createPlan({ schema, document, operation, maxSize }) : undefined;
  if (plan === undefined) {
    add(seen, "left to graphql-js");
    return;
  }
  const contextValue = { authentication: toAuthentication(caller) };

  /** All that can be seen of an execution, as text: the order of keys counts too. */
  async function see(run: () => ReturnType<typeof execute>): Promise<Seen> {
    calls.length = 0;
    const running = run();
    const { data, errors } = await running;
    const isAsync = running instanceof Promise;
    return { isAsync, text: JSON.stringify({ errors, data }), calls: [...calls] };
  }

  const expected = await see(() => execute({ schema, document, operationName, variableValues, contextValue }));
  deepStrictEqual(await see(() => executePlan(plan, { contextValue, variableValues })), expected);
  count(seen, expected);
}

interface Seen {
  readonly isAsync: boolean;
  readonly text: string;
  readonly calls: readonly string[];
}

function count(seen: Distribution, { isAsync, text }: Seen): void {
  add(seen, "planned");
  if (isAsync) add(seen, "planned, with promises");
  if (text.startsWith('{"errors"')) add(seen, "planned, with errors");
  if (text.endsWith('"data":null}')) add(seen, "planned, without data");
  if (/"code":"(UNAUTHENTICATED|FORBIDDEN|SERVICE_UNAVAILABLE)"/.test(text)) add(seen, "planned, with refusals");
}

function withoutDirectives(document: DocumentNode): DocumentNode {
  return visit(document, { Directive: () => null });
}
