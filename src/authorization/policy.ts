import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from "graphql";
import { checkDefinitions, type Rule, readRule, type Unmarked } from "./directives.ts";
import { findInputProblems } from "./input-problems.ts";
import { listPlaces, type Place, toArgumentCoordinate } from "./places.ts";
import { listInterfaces } from "./reach.ts";
import { listReferences } from "./references.ts";
import { authenticated, combineRequirements, maxAlternatives, type Requirement } from "./requirement.ts";
import { findServiceField } from "./subgraph-fields.ts";
import { findFalselyPublic, listUnmarked, toUnmarkedProblem } from "./unmarked.ts";

/** What a schema's rules come to. Enforcement, the plugin and the contract all read this one object. */
export interface Policy {
  /**
   * By schema coordinate, of everything guarded: fields of object types (`Query.users`), their arguments
   * (`Query.users(all:)`) and input fields (`Filter.deleted`). What is not here is public.
   */
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** By schema coordinate, guarded or not: every field, every argument of one, every input field. */
  readonly subjects: ReadonlyMap<string, Subject>;
  /** Of a subgraph with entities, by type: what a reference to it requires, before it is resolved. */
  readonly references: ReadonlyMap<string, Requirement>;
}

/** Something that rules can bear on, and where they are written. */
interface Subject {
  /** `declared`: of an interface. Objects answer for it, and so it has no requirement of its own. */
  readonly kind: "field" | "input" | "declared";
  /** All of them hold together; none where it is public. */
  readonly rules: readonly BearingRule[];
}

/** A rule and the coordinate where it is written, as `User`; `(unmarked)` where only the option `unmarked` says it. */
interface BearingRule {
  readonly place: string;
  readonly requirement: Requirement;
}

/** A schema has rules that could not hold; `message` lists every one with its coordinate and mend. */
export class PolicyError extends Error {
  override readonly name: string = "PolicyError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The schema's authorization rules cannot be enforced:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

/** The rules as written, by schema coordinate. */
type Rules = ReadonlyMap<string, Rule>;

/**
 * Reads a schema's rules. Both directives on one place: both hold.
 *
 * - A field of an object requires, all together (AND): its own rules; those of the type that declares it; those of the
 *   type it returns, through lists and non-null; and, for every interface of the object, transitively, that declares
 *   the field, those of the interface's field and of the interface. It requires nothing of the type that an
 *   interface's field returns and it narrows, and nothing of the objects behind an interface or a union it returns.
 * - An argument requires its own rules and those of the same argument of such an interface's field; an input field
 *   requires its own. They ask when an operation provides them, and cost nothing when it does not.
 *   The rules of a scalar or an enum guard what returns it, and no argument.
 * - `__typename` and introspection are not guarded, nor is `_service` of a subgraph by a rule on Query: it is as
 *   introspection.
 * - A root field that requires nothing of all this, and is not marked `@public`, is what `unmarked` says.
 * - A reference (`_entities` of a subgraph) requires the rules of the type it names; where `unmarked` is not `public`, of
 *   a type without a rule that is not marked `@public`, a valid token.
 *
 * Throws a `PolicyError` that lists every rule that could not hold.
 */
export function createPolicy(schema: GraphQLSchema, unmarked: Unmarked = "public"): Policy {
  const places = listPlaces(schema);
  const rules: Rules = new Map(places.map(({ coordinate, element }) => [coordinate, readRule(element)]));
  const subjects = listSubjects(schema, rules);
  const requirements = combineRules(subjects);
  const withoutRule = unmarked === "public" ? [] : listUnmarked(schema, rules, requirements);
  const problems = [
    ...checkDefinitions(schema, unmarked),
    ...places.flatMap((place) => findProblems(place, rules)),
    ...findExcessive(requirements),
    ...findInputProblems(schema, requirements),
    ...(unmarked === "public" ? [] : findFalselyPublic(schema, rules, requirements)),
    ...(unmarked === "refuse" ? withoutRule.map(toUnmarkedProblem) : []),
  ];
  if (problems.length > 0) throw new PolicyError(problems);
  for (const coordinate of withoutRule) {
    requirements.set(coordinate, authenticated);
    subjects.set(coordinate, { kind: "field", rules: [{ place: "(unmarked)", requirement: authenticated }] });
  }
  return { requirements, subjects, references: listReferences(schema, rules, unmarked) };
}

/** What is wrong with the rules of one place. */
function findProblems({ coordinate, obstacle }: Place, rules: Rules): readonly string[] {
  const { requirement, problems = [] } = rules.get(coordinate) ?? {};
  const isRuled = requirement !== undefined || problems.length > 0;
  return [...problems, ...(isRuled && obstacle !== undefined ? [obstacle] : [])].map(
    (problem) => `${coordinate}: ${problem}`,
  );
}

/** Everything that rules can bear on, with those that do. */
function listSubjects(schema: GraphQLSchema, rules: Rules): Map<string, Subject> {
  const service = findServiceField(schema);
  const subjects = new Map<string, Subject>();

  function add(kind: Subject["kind"], coordinate: string, places: readonly string[]): void {
    const bearing = [...new Set(places)].flatMap((place) => {
      const requirement = rules.get(place)?.requirement;
      return requirement === undefined ? [] : [{ place, requirement }];
    });
    subjects.set(coordinate, { kind, rules: bearing });
  }

  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) {
      for (const field of Object.keys(type.getFields()))
        add("input", `${type.name}.${field}`, [`${type.name}.${field}`]);
    }
    if (isIntrospectionType(type) || !(isObjectType(type) || isInterfaceType(type))) continue;
    const [ofField, ofArgument] = isObjectType(type)
      ? (["field", "input"] as const)
      : (["declared", "declared"] as const);
    for (const field of Object.values(type.getFields())) {
      const declaring = [type, ...listDeclaring(type, field)];
      const ofDeclaring = declaring.flatMap(({ name }) =>
        field === service ? [`${name}.${field.name}`] : [`${name}.${field.name}`, name],
      );
      // An object may narrow what an interface's field returns.
      const returned = isObjectType(type) ? [getNamedType(field.type).name] : [];
      add(ofField, `${type.name}.${field.name}`, [...ofDeclaring, ...returned]);
      for (const arg of field.args) {
        const places = declaring.map((declares) => toArgumentCoordinate(declares, field, arg));
        add(ofArgument, toArgumentCoordinate(type, field, arg), places);
      }
    }
  }
  return subjects;
}

/** Every requirement, of all rules that bear on a field, an argument or an input field. */
function combineRules(subjects: ReadonlyMap<string, Subject>): Map<string, Requirement> {
  const requirements = new Map<string, Requirement>();
  /** One object for all that require the same: then a request decides it once. */
  const distinct = new Map<string, Requirement>();
  for (const [coordinate, { kind, rules }] of subjects) {
    if (kind === "declared") continue;
    const requirement = rules.map((rule) => rule.requirement).reduce(combineBounded, undefined);
    if (requirement === undefined) continue;
    const key = JSON.stringify(requirement.alternatives);
    distinct.set(key, distinct.get(key) ?? requirement);
    requirements.set(coordinate, distinct.get(key) ?? requirement);
  }
  return requirements;
}

/** The interfaces of a type, transitively, that declare a field of it. */
function listDeclaring(
  type: GraphQLObjectType | GraphQLInterfaceType,
  { name }: GraphQLField<unknown, unknown>,
): readonly GraphQLInterfaceType[] {
  return listInterfaces(type).filter((declared) => Object.hasOwn(declared.getFields(), name));
}

/** Beyond the bound more parts are not multiplied in: the schema is refused anyway. */
function combineBounded(one: Requirement | undefined, other: Requirement | undefined): Requirement | undefined {
  return one !== undefined && one.alternatives.length > maxAlternatives ? one : combineRequirements(one, other);
}

function findExcessive(requirements: ReadonlyMap<string, Requirement>): readonly string[] {
  return [...requirements].flatMap(([coordinate, { alternatives }]) =>
    alternatives.length > maxAlternatives
      ? `${coordinate}: its rules come to more than ${maxAlternatives} alternatives; ask for fewer, broader scopes`
      : [],
  );
}
