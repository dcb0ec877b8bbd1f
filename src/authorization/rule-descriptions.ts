import { MapperKind, mapSchema } from "@graphql-tools/utils";
import type { GraphQLSchema } from "graphql";
import type { Policy } from "./policy.ts";
import { combineRequirements, type Requirement } from "./requirement.ts";

/**
 * Writes what is required (of an interface's field, what every object requires) into the descriptions of a schema's fields, arguments and input fields, below their own:
 * directives are invisible to whoever reads the schema by introspection.
 */
export function describeRules(schema: GraphQLSchema, { requirements, subjects }: Policy): GraphQLSchema {
  function findRequirement(coordinate: string): Requirement | undefined {
    const subject = subjects.get(coordinate);
    if (subject?.kind !== "declared") return requirements.get(coordinate);
    return subject.rules.map((rule) => rule.requirement).reduce(combineRequirements, undefined);
  }

  function describe<Element extends Described>(coordinate: string, element: Element): Element {
    const requirement = findRequirement(coordinate);
    if (requirement === undefined) return element;
    const sentences = [element.description, formatRequirement(requirement)];
    return { ...element, description: sentences.filter((text) => text).join("\n\n") };
  }

  return mapSchema(schema, {
    [MapperKind.COMPOSITE_FIELD]: (field, fieldName, typeName) => {
      const coordinate = `${typeName}.${fieldName}`;
      const args = Object.entries(field.args ?? {}).map(([name, argument]) => {
        return [name, describe(`${coordinate}(${name}:)`, argument)] as const;
      });
      return { ...describe(coordinate, field), args: Object.fromEntries(args) };
    },
    [MapperKind.INPUT_OBJECT_FIELD]: (field, fieldName, typeName) => describe(`${typeName}.${fieldName}`, field),
  });
}

interface Described {
  description?: string | null | undefined;
}

/** A requirement as a sentence, in Markdown as descriptions are: "Requires scope `a` and `b`, or `c`." */
function formatRequirement({ alternatives }: Requirement): string {
  if (alternatives.some((scopes) => scopes.length === 0)) return "Requires a valid access token.";
  return `Requires scope ${alternatives.map((scopes) => scopes.map(toCode).join(" and ")).join(", or ")}.`;
}

/** Scopes may have any printable ASCII but the space, the quote and the backslash: also a backtick. */
function toCode(scope: string): string {
  return scope.includes("`") ? `\`\` ${scope} \`\`` : `\`${scope}\``;
}
