import { type DirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from "graphql";

/** What a subgraph calls directives of Apollo Federation, without the `@`. */
export interface FederationNames {
  readonly authenticated: string;
  readonly requiresScopes: string;
  readonly external: string;
}

/** The directives that say rules. */
const directives = ["authenticated", "requiresScopes"] as const;

/** The `@link` of a subgraph to Federation 2.5 or later, the first that can say rules; undefined: it has none. */
export function findFederationLink({ definitions }: DocumentNode): DirectiveNode | undefined {
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
      return arg === "url" && value.kind === Kind.STRING && /\/federation\/v2\.(?:[5-9]|\d{2,})$/.test(value.value);
    })
  );
}

/** The names that a subgraph has for the directives that say rules once its link imports them, and for `@external`. */
export function readNames(link: DirectiveNode | undefined): FederationNames {
  const find = (name: string): string | undefined => link && findImported(link, name);
  return {
    authenticated: find("authenticated") ?? "authenticated",
    requiresScopes: find("requiresScopes") ?? "requiresScopes",
    external: find("external") ?? "federation__external",
  };
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

/** The link with the directives that say rules among its imports. */
export function addImports(link: DirectiveNode): DirectiveNode {
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
