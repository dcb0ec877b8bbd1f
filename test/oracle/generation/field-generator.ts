import type { Choices } from "./choices.ts";
import { generateWrapping, meetTypes, narrowNulls, toNamed } from "./field-types.ts";
import { density, generateRules } from "./rule-generator.ts";
import type { FieldModel, InputModel } from "./schema-model.ts";
import type { TypeNames } from "./type-names.ts";

const builtIn = ["Int", "String", "ID", "Boolean"];
const fieldNames = ["id", "x", "y", "next", "list", "constructor", "toString"];
const rootFieldNames = ["a", "b", "node", "nodes", "any", "hasOwnProperty", "x"];
const argumentNames = ["all", "filter", "constructor"];

/** Makes the fields of one schema, type by type: interfaces before what implements them. */
export interface FieldGenerator {
  readonly ofInterface: (name: string) => readonly FieldModel[];
  readonly ofObject: (name: string) => readonly FieldModel[];
  readonly ofRoot: (name: string) => readonly FieldModel[];
  readonly generateArgument: (name: string) => InputModel;
}

export function createFieldGenerator(choices: Choices, names: TypeNames): FieldGenerator {
  const { objects, interfaces, unions, inputs, implemented, members } = names;
  const leaves = listLeaves(names);
  const composites = [...objects, ...interfaces, ...unions];
  // Where most fields have rules, more of them refuse: of several types, in one list.
  const percent = choices.chance(40) ? 50 : density.field;
  const fieldsOf = new Map<string, readonly FieldModel[]>();
  // Of one name, so that interfaces agree about their fields and the same response key often fits several types.
  const usual = fieldNames.map((name) => generateField(name, false));

  function generateArgument(name: string): InputModel {
    const named = choices.pick(inputs.length > 0 && choices.chance(60) ? inputs : leaves);
    return { name, type: generateWrapping(choices, named), rules: [] };
  }

  function generateField(name: string, isRoot: boolean): FieldModel {
    const named = choices.pick(choices.chance(isRoot ? 70 : 45) ? composites : leaves);
    const args = choices.some(argumentNames, isRoot ? 35 : 20).map(generateArgument);
    return { name, type: generateWrapping(choices, named), args, rules: [] };
  }

  /** The fields that interfaces declare, each narrowed at will, and further ones; with rules. */
  function complete(type: string, own: readonly FieldModel[], isObject: boolean): readonly FieldModel[] {
    const fields = new Map(own.map((field) => [field.name, field]));
    const declared = (implemented.get(type) ?? []).flatMap((name) => fieldsOf.get(name) ?? []);
    for (const { name } of declared) {
      const [first, ...others] = declared.filter((field) => field.name === name);
      if (first === undefined) continue;
      const met = others.reduce((one, other) => meetTypes(one, other.type), first.type);
      const further = isObject && choices.chance(10) ? [{ name: "further", type: "Int", rules: [] }] : [];
      fields.set(name, { ...first, type: narrow(met, isObject), args: [...first.args, ...further] });
    }
    const ruled = [...fields.values()].map(rule);
    fieldsOf.set(type, ruled);
    return ruled;
  }

  /** A type that may stand where an interface's field has this one. */
  function narrow(type: string, isObject: boolean): string {
    const named = toNamed(type);
    const narrower = [
      ...(members.get(named) ?? []),
      ...[...implemented].filter(([, declared]) => declared.includes(named)).map(([implementing]) => implementing),
    ];
    const isNarrowed = isObject && narrower.length > 0 && choices.chance(30);
    return narrowNulls(choices, isNarrowed ? type.replace(named, choices.pick(narrower)) : type);
  }

  function rule(field: FieldModel): FieldModel {
    return {
      ...field,
      args: field.args.map((arg) => ({ ...arg, rules: generateRules(choices, density.argument) })),
      rules: field.name === "feed" ? [] : generateRules(choices, percent),
    };
  }

  /** Several types in one list, and open to all: what is told of one must not stand for another. */
  function generateFeed(): FieldModel[] {
    const abstract = [...unions, ...interfaces];
    return abstract.length > 0 ? [{ name: "feed", type: `[${choices.pick(abstract)}]`, args: [], rules: [] }] : [];
  }

  return {
    generateArgument,
    ofInterface: (name) => complete(name, [choices.pick(usual), ...choices.some(usual, 15)], false),
    ofObject: (name) => {
      const own = [choices.pick(usual), ...choices.some(usual, 30)];
      const changed = own.map((field) => (choices.chance(25) ? generateField(field.name, false) : field));
      return complete(name, changed, true);
    },
    ofRoot: (name) => {
      const feed = generateFeed();
      const own = choices.times(2, 5, () => generateField(choices.pick(rootFieldNames), true));
      const isFeed = feed.length > 0 && choices.chance(25);
      return complete(name, isFeed ? feed : [...own, ...(choices.chance(50) ? feed : [])], true);
    },
  };
}

/** The types of values that have no fields. */
export function listLeaves({ scalars, enums }: TypeNames): readonly string[] {
  return [...builtIn, ...scalars, ...enums];
}
