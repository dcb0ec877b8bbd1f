import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from "graphql";
import { checkDefinitions, readRule, type SchemaElement } from "./directives.ts";
import { combineRequirements, maxAlternatives, type Requirement } from "./requirement.ts";

/** What a schema's rules come to. Enforcement, the plugin and the contract all read this one object. */
export interface Policy {
  /** By coordinate (`Type.field`), of every guarded field of an object type. What is not here is public. */
  readonly requirements: ReadonlyMap<string, Requirement>;
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

/**
 * Reads a schema's rules. A field of an object type requires, all together (AND):
 * its own rules; those of the type that declares it; those of the type it returns, through lists and non-null;
 * and for every interface of the object that declares the field, those of the interface's field and of the interface.
 *
 * Rules of objects behind an interface or a union do not guard the field that returns the interface or union,
 * and `__typename` and introspection are never guarded.
 */
export function createPolicy(schema: GraphQLSchema): Policy {
  const problems: string[] = [...checkDefinitions(schema)];
  const rules = new Map<SchemaElement, Requirement | undefined>();

  function ruleOf(element: SchemaElement, coordinate: string): Requirement | undefined {
    if (!rules.has(element)) {
      const { requirement, problems: wrong } = readRule(element);
      problems.push(...wrong.map((problem) => `${coordinate}: ${problem}`));
      rules.set(element, requirement);
    }
    return rules.get(element);
  }

  function combineRules(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Requirement | undefined {
    const returned = getNamedType(field.type);
    const parts = [
      ruleOf(field, `${type.name}.${field.name}`),
      ruleOf(type, type.name),
      ruleOf(returned, returned.name),
      ...type.getInterfaces().flatMap((declared) => {
        const inherited = declared.getFields()[field.name];
        return inherited ? [ruleOf(inherited, `${declared.name}.${field.name}`), ruleOf(declared, declared.name)] : [];
      }),
    ];
    return parts.reduce(combineBounded, undefined);
  }

  const requirements = new Map<string, Requirement>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    ruleOf(type, type.name);
    problems.push(...findMisplaced(type));
    if (isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) ruleOf(field, `${type.name}.${field.name}`);
    }
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const requirement = combineRules(type, field);
      if (requirement === undefined) continue;
      requirements.set(coordinate, requirement);
      if (requirement.alternatives.length > maxAlternatives) {
        problems.push(
          `${coordinate}: its rules come to more than ${maxAlternatives} alternatives; ask for fewer, broader scopes`,
        );
      }
    }
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return { requirements };
}

/** Beyond the bound more parts are not multiplied in: the schema is refused anyway. */
function combineBounded(one: Requirement | undefined, other: Requirement | undefined): Requirement | undefined {
  return one !== undefined && one.alternatives.length > maxAlternatives ? one : combineRequirements(one, other);
}

/** Rules where nothing enforces them; SDL validation sees them first, schemas made in code have none. */
function findMisplaced(type: GraphQLNamedType): readonly string[] {
  const places: (readonly [string, SchemaElement])[] = [];
  if (isInputObjectType(type)) {
    places.push(
      [type.name, type],
      ...Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field] as const),
    );
  } else if (isEnumType(type)) {
    places.push(...type.getValues().map((value) => [`${type.name}.${value.name}`, value] as const));
  } else if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      places.push(...field.args.map((arg) => [`${type.name}.${field.name}(${arg.name}:)`, arg] as const));
    }
  }
  return places
    .filter(([, element]) => {
      const { requirement, problems } = readRule(element);
      return requirement !== undefined || problems.length > 0;
    })
    .map(
      ([coordinate]) =>
        `${coordinate}: no rule can be enforced here; move it to the fields or types it is meant to guard`,
    );
}
