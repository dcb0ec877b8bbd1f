import fc from "fast-check";
import {
  buildASTSchema,
  type DocumentNode,
  type GraphQLSchema,
  isInputType,
  parse,
  parseType,
  typeFromAST,
} from "graphql";
import type { Dataset } from "../dataset.ts";
import { findIneffectiveRules } from "../effectiveness.ts";
import type { Caller, Execution } from "../execution.ts";
import { readSchema } from "../type-definitions.ts";
import { type Choices, readChoices, tapes } from "./choices.ts";
import { generateDataset } from "./dataset-generator.ts";
import { generateDocument } from "./document-generator.ts";
import { generateLiteral } from "./literal-generator.ts";
import { scopes } from "./rule-generator.ts";
import { generateSchema } from "./schema-generator.ts";
import { formatSchema, type InputModel, type SchemaModel } from "./schema-model.ts";

/** A schema with the data behind it, and documents to be executed on it, each for several callers at once. */
export interface Case {
  readonly sdl: string;
  readonly dataset: Dataset;
  readonly documents: readonly CaseDocument[];
}

interface CaseDocument {
  readonly text: string;
  readonly document: DocumentNode;
  readonly executions: readonly Execution[];
}

/** The definitions of the directives, for a generator that has to know the schema; the product brings its own. */
const definitions = `directive @auth repeatable on ${places()} directive @requiresScope(scopes: [[String!]!]!) repeatable on ${places()} `;

function places(): string {
  return "OBJECT | INTERFACE | UNION | SCALAR | ENUM | FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION";
}

const documentTapes = fc.record({ operation: tapes(700), callers: tapes(120) });

/** Cases of which every rule can take effect. */
export const cases: fc.Arbitrary<Case> = fc
  .record({
    // Several: to make a schema takes longer than to execute an operation. First: the first is what shrinks first.
    documents: fc.array(documentTapes, { minLength: 1, maxLength: 9, size: "max" }),
    schema: tapes(900),
    data: tapes(1_200),
  })
  .map(({ schema, data, documents }) => {
    const model = { ...generateWithDefaults(readChoices(schema)), directives: [] };
    const sdl = formatSchema(model, new Set(findIneffectiveRules(readSchema(formatSchema(model)))));
    const built = build(sdl);
    const dataset = generateDataset(readChoices(data), built);
    return describe({
      sdl,
      dataset,
      documents: documents.map(({ operation, callers }) => {
        const { text, operationNames, variables } = generateDocument(readChoices(operation), built);
        const choices = readChoices(callers);
        const document = parse(text);
        const executions = operationNames.flatMap((operationName) =>
          choices.times(2, 3, () => ({ document, operationName, variables, dataset, caller: generateCaller(choices) })),
        );
        return { text, document, executions };
      }),
    });
  });

/** Schemas of which some rules could never take effect. */
export const schemas: fc.Arbitrary<string> = tapes(900).map((tape) =>
  formatSchema(generateWithDefaults(readChoices(tape))),
);

/** Not checked: that the schema is valid is asserted of the product's. */
function build(sdl: string): GraphQLSchema {
  return buildASTSchema(parse(definitions + sdl, { noLocation: true }), { assumeValidSDL: true });
}

/** Arguments get their defaults when the types of the inputs are known. */
function generateWithDefaults(choices: Choices): SchemaModel {
  const model = generateSchema(choices);
  const inputs = model.types.filter(({ keyword }) => ["scalar", "enum", "input"].includes(keyword));
  const schema = build(formatSchema({ query: "Query", mutation: undefined, types: inputs, directives: [] }));
  const addDefault = (input: InputModel): InputModel => {
    const type = typeFromAST(schema, parseType(input.type));
    if (!isInputType(type) || !choices.chance(25)) return input;
    return { ...input, defaultValue: generateLiteral(choices, type) };
  };
  const addDefaults = (type: SchemaModel["types"][number]): SchemaModel["types"][number] => ({
    ...type,
    fields: type.fields.map((field) => ({ ...field, args: field.args.map(addDefault) })),
  });
  return { ...model, types: model.types.map(addDefaults) };
}

function generateCaller(choices: Choices): Caller {
  const kind = choices.below(100);
  if (kind < 12) return { kind: "anonymous" };
  if (kind < 20)
    return { kind: "rejected", reason: choices.pick(["token_expired", "invalid_claims", "invalid_token"]) };
  if (kind < 26) return { kind: "unavailable" };
  return { kind: "authenticated", scopes: choices.some(scopes, choices.pick([20, 60, 80, 100])) };
}

/** Makes the case readable in what fast-check prints of it. */
function describe(one: Case): Case {
  const { objects, styles, promised } = one.dataset;
  const toText = (): string =>
    [
      "",
      one.sdl,
      ...one.documents.flatMap(({ text, executions }) => [
        text,
        ...executions.map(({ operationName, variables, caller }) =>
          JSON.stringify({ operationName, variables, caller }),
        ),
      ]),
      ...[...objects].map(([name, { fields }]) => `${name} ${JSON.stringify(Object.fromEntries(fields))}`),
      `resolved by ${JSON.stringify(Object.fromEntries(styles))}`,
      `promised ${JSON.stringify([...promised])}`,
      "",
    ].join("\n");
  return Object.assign(one, { [fc.toStringMethod]: toText });
}
