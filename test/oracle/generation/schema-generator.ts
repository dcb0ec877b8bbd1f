import type { Choices } from "./choices.ts";
import { createFieldGenerator, listLeaves } from "./field-generator.ts";
import { generateWrapping } from "./field-types.ts";
import { density, generateRules } from "./rule-generator.ts";
import type { FieldModel, SchemaModel, TypeModel } from "./schema-model.ts";
import { chooseTypeNames, type TypeNames } from "./type-names.ts";

/** Generates a schema with rules anywhere, also where they could never take effect. */
export function generateSchema(choices: Choices): SchemaModel {
  const names = chooseTypeNames(choices);
  const { interfaces, roots, objects, unions, scalars, enums, inputs, implemented, members } = names;
  const fields = createFieldGenerator(choices, names);

  const make = (
    keyword: TypeModel["keyword"],
    name: string,
    percent: number,
    parts: Partial<TypeModel>,
  ): TypeModel => ({
    keyword,
    name,
    rules: generateRules(choices, percent),
    interfaces: implemented.get(name) ?? [],
    members: members.get(name) ?? [],
    fields: [],
    ...parts,
  });
  const types = [
    ...interfaces.map((name) => make("interface", name, density.abstract, { fields: fields.ofInterface(name) })),
    ...roots.map((name) => make("type", name, density.root, { fields: fields.ofRoot(name) })),
    ...objects.map((name) => make("type", name, density.type, { fields: fields.ofObject(name) })),
    ...unions.map((name) => make("union", name, density.abstract, {})),
    ...scalars.map((name) => make("scalar", name, density.leaf, {})),
    ...enums.map((name) => make("enum", name, density.leaf, { members: ["ONE", "TWO"] })),
    ...inputs.map((name) => make("input", name, 0, { fields: generateInputFields(choices, names, name) })),
  ];
  const directives = choices.some(["tag"], 15).map((name) => ({
    name,
    argument: { ...fields.generateArgument("with"), rules: generateRules(choices, density.directive) },
    places: choices.pick(["FIELD | QUERY", "OBJECT", "VARIABLE_DEFINITION"]),
  }));
  return {
    query: names.query,
    mutation: names.mutation,
    types: types.map((type) => (choices.chance(40) ? extend(choices, type) : type)),
    directives,
  };
}

const inputFieldNames = ["secret", "size", "deep", "more"];

function generateInputFields(choices: Choices, names: TypeNames, type: string): readonly FieldModel[] {
  const { inputs } = names;
  return inputFieldNames
    .filter((_, position) => position === 0 || choices.chance(60))
    .map((name) => {
      const rules = generateRules(choices, density.inputField);
      if (choices.chance(40)) {
        const named = choices.pick(inputs);
        // What must be given must not be without end.
        const wrapping = generateWrapping(choices, named);
        const input = inputs.indexOf(named) < inputs.indexOf(type) ? wrapping : wrapping.replace(/^(\w+)!$/, "$1");
        return { name, type: input, rules, args: [] };
      }
      const leaf = generateWrapping(choices, choices.pick(listLeaves(names)));
      // A guarded input field has no default, and no default of another one provides it.
      const defaultValue = rules.length === 0 && choices.chance(30) ? inputDefaults[leaf] : undefined;
      return { name, type: leaf, rules, args: [], defaultValue };
    });
}

const inputDefaults: Readonly<Record<string, string>> = {
  Int: "7",
  "Int!": "7",
  String: '"default"',
  "String!": '"default"',
  Boolean: "null",
  "[Int]": "[1, null]",
  "[ID!]": "[]",
};

/** Puts parts of a type into an extension of it. */
function extend(choices: Choices, type: TypeModel): TypeModel {
  const rules = generateRules(choices, type.keyword === "input" ? 0 : density.extension);
  const moves = new Map(type.fields.map(({ name }, index) => [name, index > 0 && choices.chance(40)]));
  const fields = type.fields.filter(({ name }) => moves.get(name));
  const interfaces = choices.some(type.interfaces, 30);
  const members = type.members.filter((_, index) => index > 0 && type.keyword === "union" && choices.chance(40));
  if (rules.length + fields.length + interfaces.length + members.length === 0) return type;
  return {
    ...type,
    interfaces: type.interfaces.filter((name) => !interfaces.includes(name)),
    fields: type.fields.filter((field) => !fields.includes(field)),
    members: type.members.filter((name) => !members.includes(name)),
    extension: { rules, interfaces, members, fields },
  };
}
