import {
  type GraphQLAbstractType,
  type GraphQLArgument,
  GraphQLBoolean,
  type GraphQLCompositeType,
  type GraphQLField,
  GraphQLNonNull,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from "graphql";
import type { Choices } from "./choices.ts";
import { generateLiteral } from "./literal-generator.ts";
import type { VariableGenerator } from "./variable-generator.ts";

/** What a part of a document uses, and has to be defined with it. */
export interface Usage {
  readonly variables: Set<string>;
  readonly fragments: Set<string>;
}

export interface Fragment {
  readonly name: string;
  readonly on: GraphQLCompositeType;
  readonly text: string;
  readonly usage: Usage;
}

/** What a response key stands for somewhere in the document. */
interface KeyUse {
  readonly parent: GraphQLCompositeType;
  readonly fieldName: string;
  readonly parameters: string;
  readonly args: string;
  readonly usage: ReadonlySet<string>;
  readonly shape: string;
}

/** Writes selection sets of one document. Fragments may be added as it goes; it spreads those it knows. */
export interface SelectionGenerator {
  readonly generate: (type: GraphQLCompositeType, usage: Usage, depth: number) => string;
  readonly fragments: Fragment[];
}

// Names of Object.prototype, which are not there for whoever looks keys up in plain objects.
const aliases = ["__proto__", "constructor", "k", "toString", "hasOwnProperty", "l"];
const maxDepth = 4;

export function createSelectionGenerator(
  schema: GraphQLSchema,
  choices: Choices,
  variables: VariableGenerator,
): SelectionGenerator {
  const fragments: Fragment[] = [];
  const composites = Object.values(schema.getTypeMap())
    .filter(isCompositeType)
    .filter(({ name }) => !name.startsWith("__"));
  /** By response key. What fits all uses of a key anywhere fits those that it is merged with. */
  const uses = new Map<string, KeyUse[]>();

  function generate(type: GraphQLCompositeType, usage: Usage, depth: number): string {
    const selections = choices.times(1, depth === 0 ? 6 : 4, () => generateSelection(type, usage, depth));
    return `{ ${selections.join(" ")} }`;
  }

  function generateSelection(type: GraphQLCompositeType, usage: Usage, depth: number): string {
    const kind = choices.below(100);
    if (depth < maxDepth && !isObjectType(type) && kind >= 84) return generateForEach(type, usage, depth);
    if (depth < maxDepth && kind >= 75) {
      const fitting = composites.filter((other) => overlap(type, other));
      const condition = choices.chance(25) ? undefined : choices.pick(fitting);
      const head = condition === undefined ? "..." : `... on ${condition.name}`;
      return `${head}${generateConditions(usage)} ${generate(condition ?? type, usage, depth + 1)}`;
    }
    if (kind >= 62) {
      const fitting = fragments.filter(({ on }) => overlap(type, on));
      if (fitting.length > 0) {
        const { name } = choices.pick(fitting);
        usage.fragments.add(name);
        return `...${name}${generateConditions(usage)}`;
      }
    }
    if (kind >= 58) return choices.pick(["__typename", "t: __typename"]);
    if (type === schema.getQueryType() && kind >= 55) return "__schema { queryType { name } }";
    const candidates = listFields(type, depth);
    return candidates.length > 0 ? generateField(type, choices.pick(candidates), usage, depth) : "__typename";
  }

  /** Of each possible type a field, under one response key if that is valid. */
  function generateForEach(type: GraphQLAbstractType, usage: Usage, depth: number): string {
    const key = choices.chance(50) ? choices.pick(aliases) : `k${uses.size}`;
    let shape: string | undefined;
    const fragments = schema.getPossibleTypes(type).map((possible) => {
      const fields = listFields(possible, depth + 1);
      if (fields.length === 0) return "__typename";
      const field = choices.pick(
        prefer(
          prefer(fields, (one) => shape === undefined || toShape(one) === shape),
          // What is refused of one type must not stand for what is refused of another.
          ({ type: returned, astNode }) => !isNonNullType(returned) && (astNode?.directives?.length ?? 0) > 0,
        ),
      );
      shape ??= toShape(field);
      return `... on ${possible.name} { ${generateField(possible, field, usage, depth + 1, key)} }`;
    });
    return fragments.join(" ") || "__typename";
  }

  /** The fields that may be selected: at the end of the depth only those that need no selections of their own. */
  function listFields(type: GraphQLCompositeType, depth: number): GraphQLField<unknown, unknown>[] {
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    return fields.filter((field) => depth < maxDepth || isLeafType(getNamedType(field.type)));
  }

  function generateField(
    type: GraphQLCompositeType,
    field: GraphQLField<unknown, unknown>,
    usage: Usage,
    depth: number,
    wanted: string = choices.chance(40) ? choices.pick(aliases) : field.name,
  ): string {
    const key = chooseKey(type, field, wanted);
    for (const name of key.use.usage) usage.variables.add(name);
    const named = getNamedType(field.type);
    const selections = isCompositeType(named) ? ` ${generate(named, usage, depth + 1)}` : "";
    const alias = key.name === field.name ? "" : `${key.name}: `;
    return `${alias}${field.name}${key.use.args}${generateConditions(usage)}${selections}`;
  }

  /** The wanted response key if the field can have it beside all that has it already, else a fresh one. */
  function chooseKey(
    parent: GraphQLCompositeType,
    field: GraphQLField<unknown, unknown>,
    wanted: string,
  ): { readonly name: string; readonly use: KeyUse } {
    const fieldName = field.name;
    const parameters = field.args.map((arg) => `${arg.name}: ${arg.type} ${isOmissible(parent, arg)}`).join();
    const shape = toShape(field);
    const others = uses.get(wanted) ?? [];
    const same = others.find((use) => use.fieldName === fieldName && use.parameters === parameters);
    const used = new Set<string>();
    const args = same?.args ?? generateArguments(parent, field, used);
    const use: KeyUse = { parent, fieldName, parameters, args, usage: same?.usage ?? used, shape };
    const fits = others.every(
      (other) =>
        other.shape === shape &&
        ((other.fieldName === fieldName && other.args === args) ||
          (other.parent !== parent && isObjectType(parent) && isObjectType(other.parent))),
    );
    const name = fits ? wanted : `k${uses.size}`;
    uses.set(name, [...(uses.get(name) ?? []), use]);
    return { name, use };
  }

  function generateArguments(
    parent: GraphQLCompositeType,
    { args }: GraphQLField<unknown, unknown>,
    used: Set<string>,
  ): string {
    const makeVariable = (type: Parameters<VariableGenerator["use"]>[0], hasDefault = false): string => {
      const name = variables.use(type, hasDefault);
      used.add(name);
      return `$${name}`;
    };
    const written = args
      .filter((arg) => !isOmissible(parent, arg) || choices.chance(60))
      .map((arg) => {
        const value = choices.chance(40)
          ? makeVariable(arg.type, isOmissible(parent, arg))
          : generateLiteral(choices, arg.type, (type) => (choices.chance(25) ? makeVariable(type) : undefined));
        return `${arg.name}: ${value}`;
      });
    return written.length > 0 ? `(${written.join(", ")})` : "";
  }

  function generateConditions(usage: Usage): string {
    return choices
      .some(["skip", "include"], 5)
      .map((directive) => {
        if (choices.chance(50)) return ` @${directive}(if: ${choices.pick(["true", "false"])})`;
        const name = variables.use(new GraphQLNonNull(GraphQLBoolean));
        usage.variables.add(name);
        return ` @${directive}(if: $${name})`;
      })
      .join("");
  }

  /** Whether some object can be of both types. */
  function overlap(one: GraphQLCompositeType, other: GraphQLCompositeType): boolean {
    const possible = listPossibleTypes(schema, other);
    return listPossibleTypes(schema, one).some((type) => possible.includes(type)) || one === other;
  }

  return { generate, fragments };
}

function listPossibleTypes(schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
  return isObjectType(type) ? [type] : schema.getPossibleTypes(type);
}

/** What must be the same of fields under one response key, whatever their types: lists, non-nulls and a leaf's type. */
function toShape({ type }: GraphQLField<unknown, unknown>): string {
  const named = getNamedType(type);
  return isCompositeType(named) ? type.toString().replace(named.name, "_") : type.toString();
}

/** Those of a list that are better, if there are any. */
function prefer<T>(list: readonly T[], isBetter: (one: T) => boolean): readonly T[] {
  const better = list.filter(isBetter);
  return better.length > 0 ? better : list;
}

/** Whether an argument may be left out. An interface's may have a default that the implementing one has not. */
function isOmissible(parent: GraphQLCompositeType, { type, defaultValue }: GraphQLArgument): boolean {
  return !isNonNullType(type) || (defaultValue !== undefined && isObjectType(parent));
}
