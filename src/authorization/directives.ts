import { getDirectiveInExtensions } from "@graphql-tools/utils";
import { buildSchema, type GraphQLDirective, type GraphQLSchema, isSpecifiedDirective } from "graphql";
import { authenticated, combineRequirements, createRequirement, type Requirement } from "./requirement.ts";
import { parseScopes } from "./scopes.ts";

/**
 * The definitions of both directives, in SDL; the same as `schema/directives.graphql`.
 * Repeatable, so that rules on a type and on its extensions all hold: of a directive that may stand only once
 * graphql-tools merges the arguments before anybody sees them, and "a" and "b" becomes "a" or "b".
 */
export const directiveTypeDefs: string = `\
"""
Only a caller with a valid access token gets this.
On a type: every field of the type and every field that returns it.
On an argument or an input field: every operation that provides it.
"""
directive @auth repeatable on OBJECT | INTERFACE | UNION | SCALAR | ENUM | FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION

"""
Only a caller whose access token grants the scopes gets this.
The outer list is OR, the inner lists are AND: \`[["a", "b"], ["c"]]\` asks for both a and b, or for c.
One scope may be written \`"a"\` or \`["a"]\`.
On a type: every field of the type and every field that returns it.
On an argument or an input field: every operation that provides it.
"""
directive @requiresScope(
  "Alternatives; each is a list of scopes that must all be granted."
  scopes: [[String!]!]!
) repeatable on OBJECT | INTERFACE | UNION | SCALAR | ENUM | FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
`;

/** What a root field without a rule means: `public` to all, `authenticated` as if marked `@auth`, `refuse` the schema. */
export type Unmarked = "public" | "authenticated" | "refuse";

const publicTypeDefs = `
"""
Everybody gets this, also without an access token; said aloud.
On a type: every field of the type that has no rule.
"""
directive @public on OBJECT | FIELD_DEFINITION
`;

/** The definitions of the directives, in SDL. `@public` means something only where unmarked fields are not public. */
export function toTypeDefs(unmarked: Unmarked): string {
  return unmarked === "public" ? directiveTypeDefs : directiveTypeDefs + publicTypeDefs;
}

/** Something in a schema that may carry a directive, in its SDL or in `extensions.directives` (code first). */
export type SchemaElement = Parameters<typeof getDirectiveInExtensions>[0];

/** The rules written on one element; both directives on one place: both hold. */
export interface Rule {
  readonly requirement: Requirement | undefined;
  /** `@public` is written there. */
  readonly isPublic: boolean;
  /** What is wrong with them; each names the mend. */
  readonly problems: readonly string[];
}

/** Reads the rules written on one schema element. */
export function readRule(element: SchemaElement): Rule {
  const problems: string[] = [];
  const inCode: unknown = element.extensions?.["directives"];
  if (!isDirectives(inCode)) {
    problems.push("extensions.directives must be an object { name: args } or a list of { name, args }");
    return { requirement: undefined, isPublic: false, problems };
  }
  let requirement = readDirective(element, "auth").length > 0 ? authenticated : undefined;
  for (const argumentValues of readDirective(element, "requiresScope")) {
    const result = parseScopes(argumentValues?.["scopes"]);
    if (typeof result === "string") problems.push(result);
    else requirement = combineRequirements(requirement, createRequirement(result));
  }
  return { requirement, isPublic: readDirective(element, "public").length > 0, problems };
}

/** The two forms in which code-first libraries write directives: { name: args } and [{ name, args }]. */
function isDirectives(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item?.name === "string");
  return value === undefined || typeof value === "object";
}

function readDirective(element: SchemaElement, name: string): readonly Record<string, unknown>[] {
  // The object form is read together with the SDL.
  const listed: unknown = element.extensions?.["directives"];
  const fromList = Array.isArray(listed)
    ? listed.filter((item) => item?.name === name).map((item) => item.args ?? {})
    : [];
  return [...fromList, ...(getDirectiveInExtensions(element, name) ?? [])];
}

/** What is wrong with a schema's definitions of the directives: other ones than ours would mean something else. */
export function checkDefinitions(schema: GraphQLSchema, unmarked: Unmarked): readonly string[] {
  const ours = buildSchema(toTypeDefs(unmarked))
    .getDirectives()
    .filter((directive) => !isSpecifiedDirective(directive));
  return [
    ...ours
      .filter((directive) => describe(directive) !== describe(schema.getDirective(directive.name)))
      .map(
        ({ name }) =>
          `@${name}: it is not defined as it must be; add authDirectives().typeDefs to the schema and no definition of your own`,
      ),
    ...ours
      .filter(({ name }) => isRenamed(schema, name))
      .map(({ name }) => `@${name}: @link gives it another name, under which no rule would hold; import it as it is`),
  ];
}

function describe(directive: GraphQLDirective | null | undefined): string {
  if (!directive) return "absent";
  const { args, locations, isRepeatable } = directive;
  return JSON.stringify([args.map(({ name, type }) => `${name}: ${type}`), locations.toSorted(), isRepeatable]);
}

/** Whether a `@link` of the schema (as of Apollo Federation) imports a directive under another name. */
function isRenamed(schema: GraphQLSchema, name: string): boolean {
  const imports = readDirective(schema, "link").flatMap((link): unknown[] => [link["import"]].flat());
  return imports.some((item) => {
    const { name: imported, as } = Object(item) as { name?: unknown; as?: unknown };
    return imported === `@${name}` && as !== undefined && as !== imported;
  });
}
