import { getDirectiveInExtensions } from "@graphql-tools/utils";
import { buildSchema, type GraphQLDirective, type GraphQLSchema } from "graphql";
import type { RequiredScopes } from "../errors.ts";
import { authenticated, combineRequirements, createRequirement, type Requirement } from "./requirement.ts";

/**
 * The definitions of both directives, in SDL; the same as `schema/directives.graphql`.
 * Repeatable, so that rules on a type and on its extensions all hold: of a directive that may stand only once
 * graphql-tools merges the arguments before anybody sees them, and "a" and "b" becomes "a" or "b".
 */
export const directiveTypeDefs: string = `\
"""
Only a caller with a valid access token gets this.
On a type: every field of the type and every field that returns it.
"""
directive @auth repeatable on OBJECT | INTERFACE | UNION | SCALAR | ENUM | FIELD_DEFINITION

"""
Only a caller whose access token grants the scopes gets this.
The outer list is OR, the inner lists are AND: \`[["a", "b"], ["c"]]\` asks for both a and b, or for c.
One scope may be written \`"a"\` or \`["a"]\`.
On a type: every field of the type and every field that returns it.
"""
directive @requiresScope(
  "Alternatives; each is a list of scopes that must all be granted."
  scopes: [[String!]!]!
) repeatable on OBJECT | INTERFACE | UNION | SCALAR | ENUM | FIELD_DEFINITION
`;

/** Something in a schema that may carry a directive, in its SDL or in `extensions.directives` (code first). */
export type SchemaElement = Parameters<typeof getDirectiveInExtensions>[0];

/** The rules written on one element; both directives on one place: both hold. */
export interface Rule {
  readonly requirement: Requirement | undefined;
  /** What is wrong with them; each names the mend. */
  readonly problems: readonly string[];
}

/** Reads the rules written on one schema element. */
export function readRule(element: SchemaElement): Rule {
  const problems: string[] = [];
  const inCode: unknown = element.extensions?.["directives"];
  if (!isDirectives(inCode)) {
    problems.push("extensions.directives must be an object { name: args } or a list of { name, args }");
    return { requirement: undefined, problems };
  }
  let requirement = readDirective(element, "auth").length > 0 ? authenticated : undefined;
  for (const argumentValues of readDirective(element, "requiresScope")) {
    const result = parseScopes(argumentValues?.["scopes"]);
    if (typeof result === "string") problems.push(result);
    else requirement = combineRequirements(requirement, createRequirement(result));
  }
  return { requirement, problems };
}

/** The two forms in which code-first libraries write directives: { name: args } and [{ name, args }]. */
function isDirectives(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item?.name === "string");
  return value === undefined || value === null || typeof value === "object";
}

function readDirective(element: SchemaElement, name: string): readonly Record<string, unknown>[] {
  // The object form is read together with the SDL.
  const listed: unknown = element.extensions?.["directives"];
  const fromList = Array.isArray(listed)
    ? listed.filter((item) => item?.name === name).map((item) => item.args ?? {})
    : [];
  return [...fromList, ...(getDirectiveInExtensions(element, name) ?? [])];
}

/** RFC 6749 section 3.3. */
const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** The alternatives that a `scopes` argument means, or what is wrong with it. */
function parseScopes(value: unknown): RequiredScopes | string {
  if (typeof value === "string") return parseScopes([[value]]);
  if (!Array.isArray(value)) return "@requiresScope needs scopes, a list of lists of strings";
  const flat = value.filter((item) => typeof item === "string");
  if (flat.length > 1 || (flat.length === 1 && value.length > 1)) {
    const [all, any] = [JSON.stringify([flat]), JSON.stringify(flat.map((scope) => [scope]))];
    return `@requiresScope(scopes: ${JSON.stringify(value)}) can be read two ways: write ${all} to ask for all of them, or ${any} to ask for any`;
  }
  const alternatives: unknown[] = flat.length === 1 ? [flat] : value;
  if (alternatives.length === 0)
    return "@requiresScope(scopes: []) names no scope; to ask for a valid token only, write @auth";
  return alternatives.every(isAlternative)
    ? alternatives
    : "@requiresScope needs lists of one scope or more, each of RFC 6749's scope characters (no space, no quote, no backslash)";
}

function isAlternative(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((scope) => typeof scope === "string" && scopeToken.test(scope))
  );
}

/** What is wrong with a schema's definitions of the directives: other ones than ours would mean something else. */
export function checkDefinitions(schema: GraphQLSchema): readonly string[] {
  return buildSchema(directiveTypeDefs)
    .getDirectives()
    .filter(({ name }) => name === "auth" || name === "requiresScope")
    .filter((ours) => describe(ours) !== describe(schema.getDirective(ours.name)))
    .map(
      ({ name }) =>
        `@${name} is not defined as it must be: add authDirectives().typeDefs to the schema and no definition of your own`,
    );
}

function describe(directive: GraphQLDirective | null | undefined): string {
  if (!directive) return "absent";
  const { args, locations, isRepeatable } = directive;
  return JSON.stringify([args.map(({ name, type }) => `${name}: ${type}`), locations.toSorted(), isRepeatable]);
}
