import { GraphQLError, parse, visit } from "graphql";
import { describe, expect, test } from "vitest";
import { createRefusalError } from "../src/authorization/refusal-error.ts";
import { createRefusal } from "../src/errors.ts";

const refusal = createRefusal("authorization_header_missing");

describe("the error of a refusal", () => {
  test("has the locations that graphql-js would give it", () => {
    const document = parse("{\n a\r\n  b { c }\r d\n\n\t...{ e, f }\n}");
    let compared = 0;
    visit(document, {
      Field: (node) => {
        const { locations } = createRefusalError(refusal, { path: [], nodes: [node, node] });
        expect(locations).toEqual(new GraphQLError("", { nodes: [node, node] }).locations);
        compared += 1;
      },
    });
    expect(compared).toBe(6);
  });

  test("has none where the document was parsed without them, and no path for a whole request", () => {
    const [definition] = parse("{ a }", { noLocation: true }).definitions;
    const nodes = definition ? [definition] : [];
    expect(createRefusalError(refusal, { path: ["a", 0], nodes }).toJSON()).toEqual({
      message: refusal.message,
      path: ["a", 0],
      extensions: { code: refusal.code, reason: refusal.reason },
    });
    expect("path" in createRefusalError(refusal).toJSON()).toBe(false);
  });

  test("costs no more in a document of many lines", () => {
    const time = (separator: string): number => {
      const [operation] = parse(
        `{${Array.from({ length: 3000 }, (_, index) => `${separator}a${index}: a`).join(" ")} }`,
      ).definitions;
      const nodes = operation?.kind === "OperationDefinition" ? operation.selectionSet.selections : [];
      const start = performance.now();
      for (const node of nodes) createRefusalError(refusal, { path: ["a"], nodes: [node] });
      return performance.now() - start;
    };
    time(" ");
    expect(time("\n".repeat(20)) / time(" ".repeat(20))).toBeLessThan(20);
  });
});
