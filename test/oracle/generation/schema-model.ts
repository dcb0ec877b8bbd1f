/** A schema as it is generated, before it is a text. */
export interface SchemaModel {
  readonly query: string;
  readonly mutation: string | undefined;
  readonly types: readonly TypeModel[];
  /** With an argument each. */
  readonly directives: readonly DirectiveModel[];
}

interface DirectiveModel {
  readonly name: string;
  readonly argument: InputModel;
  readonly places: string;
}

type TypeKeyword = "type" | "interface" | "union" | "scalar" | "enum" | "input";

export interface TypeModel {
  readonly keyword: TypeKeyword;
  readonly name: string;
  readonly rules: readonly string[];
  readonly interfaces: readonly string[];
  /** Of a union or an enum. */
  readonly members: readonly string[];
  readonly fields: readonly FieldModel[];
  /** Another part of the type, in an extension. */
  readonly extension?: Pick<TypeModel, "rules" | "interfaces" | "members" | "fields"> | undefined;
}

/** A field of an object, interface or input object type. */
export interface FieldModel extends InputModel {
  readonly args: readonly InputModel[];
}

export interface InputModel {
  readonly name: string;
  readonly type: string;
  readonly rules: readonly string[];
  readonly defaultValue?: string | undefined;
}

/** Writes a schema in SDL, without the rules at some coordinates. */
export function formatSchema(model: SchemaModel, unruled: ReadonlySet<string> = new Set()): string {
  const rulesAt = (coordinate: string, rules: readonly string[]): string =>
    unruled.has(coordinate) ? "" : rules.map((rule) => ` ${rule}`).join("");

  function formatInput({ name, type, rules, defaultValue }: InputModel, coordinate: string): string {
    return `${name}: ${type}${defaultValue === undefined ? "" : ` = ${defaultValue}`}${rulesAt(coordinate, rules)}`;
  }

  function formatField(field: FieldModel, typeName: string): string {
    const coordinate = `${typeName}.${field.name}`;
    const args = field.args.map((arg) => formatInput(arg, `${coordinate}(${arg.name}:)`)).join(", ");
    return `  ${formatInput({ ...field, name: args ? `${field.name}(${args})` : field.name }, coordinate)}`;
  }

  function formatType({ keyword, name, rules, interfaces, members, fields, extension }: TypeModel): string {
    const declared = interfaces.length > 0 ? ` implements ${interfaces.join(" & ")}` : "";
    const head = `${keyword} ${name}${declared}${rulesAt(name, rules)}`;
    const body =
      keyword === "enum" ? members.map((member) => `  ${member}`) : fields.map((field) => formatField(field, name));
    const listed = keyword === "union" && members.length > 0 ? ` = ${members.join(" | ")}` : "";
    const block = body.length > 0 ? ` {\n${body.join("\n")}\n}` : "";
    const more = extension ? formatExtension({ keyword, name, ...extension }) : "";
    return `${head}${listed}${block}${more}`;
  }

  /** An extension has to bring something. */
  function formatExtension(type: TypeModel): string {
    const text = formatType(type);
    return text === `${type.keyword} ${type.name}` ? "" : `\nextend ${text}`;
  }

  const { query, mutation, types, directives } = model;
  const roots = mutation === undefined ? `query: ${query}` : `query: ${query} mutation: ${mutation}`;
  const isDefault = query === "Query" && (mutation ?? "Mutation") === "Mutation";
  return [
    ...(isDefault ? [] : [`schema { ${roots} }`]),
    ...directives.map(({ name, argument, places }) => {
      return `directive @${name}(${formatInput(argument, `@${name}(${argument.name}:)`)}) on ${places}`;
    }),
    ...types.map(formatType),
  ].join("\n");
}
