import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  GraphQLError,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  parseConstValue,
  print,
  valueFromASTUntyped,
  visit,
} from "graphql";
import { addImports, type FederationNames, findFederationLink, readNames } from "./federation-link.ts";
import { combineRequirements, createRequirement, type Requirement } from "./requirement.ts";

/** By coordinate, what every guarded field requires. */
type Requirements = ReadonlyMap<string, Requirement>;

/**
 * A subgraph's SDL with its rules in the words of Apollo Federation: every field of an object type that requires
 * something has `@authenticated`, and `@requiresScopes` where it requires scopes, of all rules that bear on it; the
 * directives named in `own` are taken out. What arguments and input fields require cannot be said there.
 * Throws a GraphQLError where the SDL links to no version of Federation 2: a gateway would never hear of the rules.
 *
 * On fields only: composition refuses rules on interfaces and interface objects, and gives an interface's field what
 * all objects behind it require. It refuses them on `@external` fields too, which are another subgraph's.
 */
export function toSubgraphSdl(sdl: string, requirements: Requirements, own: ReadonlySet<string>): string {
  const document = parse(sdl, { noLocation: true });
  const link = findFederationLink(document);
  const names = readNames(link);
  const external = listExternalTypes(document, names);
  const definitions = document.definitions.map((node) =>
    isObjectNode(node) && !external.has(node.name.value) ? addRules(node, requirements, names) : node,
  );
  const isRuled = definitions.some((node, index) => node !== document.definitions[index]);
  if (isRuled && link === undefined) {
    throw new GraphQLError(
      'The subgraph has rules, and no @link(url: "https://specs.apollo.dev/federation/v2.5") or later to say them with.',
    );
  }
  const rewritten: DocumentNode = visit(
    { ...document, definitions },
    {
      Directive: (node) => {
        if (own.has(node.name.value)) return null;
        return isRuled && node === link ? addImports(node) : undefined;
      },
    },
  );
  return print({ ...rewritten, definitions: rewritten.definitions.filter((node) => !isSuperfluous(node, own)) });
}

/** The definitions of our own directives, and extensions that had nothing but a rule. */
function isSuperfluous(node: DefinitionNode, own: ReadonlySet<string>): boolean {
  if (node.kind === Kind.DIRECTIVE_DEFINITION) return own.has(node.name.value);
  return (
    node.kind.endsWith("Extension") && !Object.values(node).some((value) => Array.isArray(value) && value.length > 0)
  );
}

type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;

function isObjectNode(node: DefinitionNode): node is ObjectNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;
}

/** The types of which every field is external. */
function listExternalTypes({ definitions }: DocumentNode, names: FederationNames): ReadonlySet<string> {
  return new Set(definitions.flatMap((node) => (isObjectNode(node) && isExternal(node, names) ? node.name.value : [])));
}

function isExternal({ directives = [] }: ObjectNode | FieldDefinitionNode, { external }: FederationNames): boolean {
  return directives.some(({ name }) => name.value === external);
}

function addRules(node: ObjectNode, requirements: Requirements, names: FederationNames): ObjectNode {
  const fields = (node.fields ?? []).map((field) => {
    const requirement = requirements.get(`${node.name.value}.${field.name.value}`);
    return requirement === undefined || isExternal(field, names) ? field : addRule(field, requirement, names);
  });
  return fields.some((field, index) => field !== node.fields?.[index]) ? { ...node, fields } : node;
}

/** Both directives where scopes are required: neither implies the other when composition compares them. */
function addRule(field: FieldDefinitionNode, requirement: Requirement, names: FederationNames): FieldDefinitionNode {
  const written = field.directives ?? [];
  const others = written.filter(
    ({ name: { value } }) => value !== names.authenticated && value !== names.requiresScopes,
  );
  // Rules that were written for the gateway only hold beside ours.
  const { alternatives } = written
    .flatMap((node) => (node.name.value === names.requiresScopes ? readScopes(node) : []))
    .reduce((one, other) => combineRequirements(one, other) ?? one, requirement);
  const rules = [toDirective(names.authenticated)];
  if (alternatives.every((scopes) => scopes.length > 0)) rules.push(toDirective(names.requiresScopes, alternatives));
  return { ...field, directives: [...others, ...rules] };
}

function readScopes({ arguments: args = [] }: ConstDirectiveNode): readonly Requirement[] {
  return args.map(({ value }) => createRequirement(valueFromASTUntyped(value) as Requirement["alternatives"]));
}

function toDirective(name: string, scopes?: Requirement["alternatives"]): ConstDirectiveNode {
  const toName = (value: string) => ({ kind: Kind.NAME, value }) as const;
  // Lists of strings are written in JSON as in GraphQL.
  const args = scopes && [
    { kind: Kind.ARGUMENT, name: toName("scopes"), value: parseConstValue(JSON.stringify(scopes)) } as const,
  ];
  return { kind: Kind.DIRECTIVE, name: toName(name), arguments: args ?? [] };
}
