import { readFileSync } from "node:fs";
import { getOperationAST, parse } from "graphql";
import { expect, test } from "vitest";
import { formatContract } from "../../src/contract/contract-text.ts";
import { compareContracts } from "../../src/contract/difference.ts";
import { formatDifferences } from "../../src/contract/difference-text.ts";
import { explainOperation } from "../../src/contract/explanation.ts";
import { formatExplanation } from "../../src/contract/explanation-text.ts";
import { authenticatedAs } from "../../src/testing.ts";
import { guard, takeSnapshot } from "./guarded-schema.ts";
import { pairs } from "./pairs.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const sdl = `
  type Query { user: User }
  type User @requiresScope(scopes: "read:users") { name: String, email: String @requiresScope(scopes: "admin") }`;

/** Whether the README quotes a line of something printed, whatever the width of its columns. */
function expectQuoted(printed: string, start: string): void {
  const line = printed.split("\n").find((one) => one.startsWith(start));
  expect(readme).toContain(`\`${line?.replace(/ {2,}/g, "  ")}\``);
}

test("the README quotes what the commands print", () => {
  expectQuoted(formatContract(takeSnapshot(sdl).contract, "text"), "User.email");
  const [pair] = pairs;
  if (pair === undefined) throw new Error("No pair");
  const differences = compareContracts(takeSnapshot(pair.before), takeSnapshot(pair.after));
  expectQuoted(formatDifferences(differences, "text"), "weaker");
  const document = parse("{ user { email } }");
  const operation = getOperationAST(document);
  if (!operation) throw new Error("No operation");
  const caller = authenticatedAs({ scopes: ["read:users"] });
  const explanation = explainOperation({ schema: guard(sdl), document, operation, variables: {}, caller });
  expectQuoted(formatExplanation(explanation, true, "text"), "user.email");
});
