import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  parseConstValue,
  print,
  valueFromASTUntyped,
  visit,
} from "graphql";
import { combineRequirements, createRequirement, type Requirement } from "./requirement.ts";

/** By coordinate, what every guarded field requires. */
type Requirements = ReadonlyMap<string, Requirement>;

/** What a subgraph calls the two directives of Apollo Federation, without the `@`. */
interface RuleNames {
  readonly authenticated: string;
  readonly requiresScopes: string;
}

/**
 * A subgraph's SDL with its rules in the words of Apollo Federation: every field of an object type that requires
 * something has `@authenticated`, and `@requiresScopes` where it requires scopes, of all rules that bear on it; the
 * directives named in `own` are taken out. What arguments and input fields require cannot be said there.
 * Throws a GraphQLError where the SDL links to no version of Federation 2: a gateway would never hear of the rules.
 *
 * On fields only: composition refuses rules on interfaces and interface objects, and gives an interface's field what
 * all objects behind it require.
 */
export function toSubgraphSdl(sdl: string, requirements: Requirements, own: ReadonlySet<string>): string {
  const document = parse(sdl, { noLocation: true });
  const link = findFederationLink(document);
  const definitions = document.definitions.map((node) => addRules(node, requirements, readNames(link)));
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

function findFederationLink({ definitions }: DocumentNode): DirectiveNode | undefined {
  return definitions
    .flatMap((node) =>
      node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION ? (node.directives ?? []) : [],
    )
    .find(isFederationLink);
}

function isFederationLink({ name, arguments: args = [] }: DirectiveNode): boolean {
  return (
    name.value === "link" &&
    args.some(({ name: { value: arg }, value }) => {
      return arg === "url" && value.kind === Kind.STRING && /\/federation\/v2\./.test(value.value);
    })
  );
}

const directives = ["authenticated", "requiresScopes"] as const;

function readNames(link: DirectiveNode | undefined): RuleNames {
  const toName = (name: string): string => (link && findImported(link, name)) ?? name;
  return { authenticated: toName("authenticated"), requiresScopes: toName("requiresScopes") };
}

/** The name under which a `@link` imports a directive. */
function findImported({ arguments: args = [] }: DirectiveNode, name: string): string | undefined {
  const imports = args.find((arg) => arg.name.value === "import")?.value;
  const listed: unknown = imports && valueFromASTUntyped(imports);
  for (const item of Array.isArray(listed) ? listed : []) {
    const { name: imported = item, as = imported } = Object(item) as { name?: unknown; as?: unknown };
    if (imported === `@${name}`) return String(as).slice(1);
  }
  return undefined;
}

function addImports(link: DirectiveNode): DirectiveNode {
  const { arguments: args = [] } = link;
  const values = args.flatMap(({ name, value }) =>
    name.value === "import" && value.kind === Kind.LIST ? value.values : [],
  );
  const missing = directives.filter((name) => findImported(link, name) === undefined);
  const added = missing.map((name) => ({ kind: Kind.STRING, value: `@${name}` }) as const);
  const value = { kind: Kind.LIST, values: [...values, ...added] } as const;
  const others = args.filter(({ name }) => name.value !== "import");
  return {
    ...link,
    arguments: [...others, { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: "import" }, value }],
  };
}

/** The definitions of our own directives, and extensions that had nothing but a rule. */
function isSuperfluous(node: DefinitionNode, own: ReadonlySet<string>): boolean {
  if (node.kind === Kind.DIRECTIVE_DEFINITION) return own.has(node.name.value);
  return node.kind.endsWith("Extension") && !Object.values(node).some((value) => Array.isArray(value) && value.length > 0);
}

function addRules(node: DefinitionNode, requirements: Requirements, names: RuleNames): DefinitionNode {
  if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.OBJECT_TYPE_EXTENSION) return node;
  const fields = (node.fields ?? []).map((field) => {
    const requirement = requirements.get(`${node.name.value}.${field.name.value}`);
    return requirement === undefined ? field : addRule(field, requirement, names);
  });
  return fields.some((field, index) => field !== node.fields?.[index]) ? { ...node, fields } : node;
}

/** Both directives where scopes are required: neither implies the other when composition compares them. */
function addRule(field: FieldDefinitionNode, requirement: Requirement, names: RuleNames): FieldDefinitionNode {
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
