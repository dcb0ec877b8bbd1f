import { type GraphQLSchema, isCompositeType, OperationTypeNode } from "graphql";
import type { Choices } from "./choices.ts";
import { createSelectionGenerator, type Fragment, type Usage } from "./selection-generator.ts";
import { createVariableGenerator } from "./variable-generator.ts";

/** A document with the names of its operations: one of them is undefined if it has no name. */
export interface GeneratedDocument {
  readonly text: string;
  readonly operationNames: readonly (string | undefined)[];
  readonly variables: Readonly<Record<string, unknown>>;
}

const fragmentNames = ["F", "constructor", "__proto__", "G"];

/** Generates a document that is valid for the schema. */
export function generateDocument(choices: Choices, schema: GraphQLSchema): GeneratedDocument {
  const variables = createVariableGenerator(choices);
  const generator = createSelectionGenerator(schema, choices, variables);
  const composites = Object.values(schema.getTypeMap())
    .filter(isCompositeType)
    .filter(({ name }) => !name.startsWith("__"));
  for (const name of fragmentNames.slice(0, choices.below(fragmentNames.length + 1))) {
    const on = choices.pick(composites);
    const usage: Usage = { variables: new Set(), fragments: new Set() };
    const text = `fragment ${name} on ${on.name} ${generator.generate(on, usage, 2)}`;
    generator.fragments.push({ name, on, text, usage });
  }

  const spread = new Set<Fragment>();
  const operations = choices.times(1, 2, (index) => {
    const kind = schema.getMutationType() && choices.chance(35) ? OperationTypeNode.MUTATION : OperationTypeNode.QUERY;
    const type = schema.getRootType(kind);
    if (!type) throw new Error(`No root type for a ${kind}`);
    const usage: Usage = { variables: new Set(), fragments: new Set() };
    const selections = generator.generate(type, usage, 0);
    const used = new Set(usage.variables);
    for (const fragment of findSpread(generator.fragments, usage)) {
      spread.add(fragment);
      for (const name of fragment.usage.variables) used.add(name);
    }
    return { name: `O${index}`, text: `${variables.declare(used)} ${selections}`, kind };
  });
  const isNamed = operations.length > 1 || choices.chance(20);
  return {
    text: [
      ...operations.map(({ name, kind, text }) => (isNamed ? `${kind} ${name}${text}` : `${kind}${text}`)),
      ...[...spread].map(({ text }) => text),
    ].join("\n"),
    operationNames: isNamed ? operations.map(({ name }) => name) : [undefined],
    variables: variables.readValues(),
  };
}

/** The fragments that are spread somewhere, also in others. */
function findSpread(fragments: readonly Fragment[], usage: Usage): ReadonlySet<Fragment> {
  const found = new Set<Fragment>();
  const visit = (names: ReadonlySet<string>): void => {
    for (const fragment of fragments) {
      if (!names.has(fragment.name) || found.has(fragment)) continue;
      found.add(fragment);
      visit(fragment.usage.fragments);
    }
  };
  visit(usage.fragments);
  return found;
}
