import { makeExecutableSchema } from "@graphql-tools/schema";
import {
  assertObjectType,
  type DocumentNode,
  execute,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  parse,
} from "graphql";
import { authDirectives } from "../src/authorization/guard.ts";
import { authenticatedAs } from "../src/testing.ts";
import { type Candidate, compare, formatTimings } from "./compare.ts";

type Resolver = GraphQLFieldResolver<Record<string, string>, unknown>;

const names = Array.from({ length: 10 }, (_, index) => `f${index}`);
const row = Object.fromEntries(names.map((name) => [name, name]));
const scope = '@requiresScope(scopes: ["read:rows"])';

/** What a benchmark's schema is like. */
interface Shape {
  /** Put before each resolver of a row's fields, where the guards would be: makeExecutableSchema has bound them. */
  readonly wrap?: (resolve: Resolver) => Resolver;
  /** Written behind each of the ten fields of a row. */
  readonly rule: string;
  readonly rows: number;
  /** How many further guarded fields the schema has, each with a rule of its own. Default none. */
  readonly otherRules?: number;
}

/** The least that any guard costs: one more call before each resolver. */
function callThrough(resolve: Resolver): Resolver {
  return (source, args, context, info) => resolve(source, args, context, info);
}

function createSchema({ rule, rows, otherRules = 0, wrap }: Shape): GraphQLSchema {
  const { typeDefs, transformer } = authDirectives();
  const others = Array.from(
    { length: otherRules },
    (_, index) => `o${index}: String @requiresScope(scopes: "o${index}")`,
  );
  const sdl = `type Query { rows: [Row] ${others.join(" ")} } type Row { ${names.map((name) => `${name}: String ${rule}`).join(" ")} }`;
  const list = Array.from({ length: rows }, () => row);
  const fields = Object.fromEntries(names.map((name): [string, Resolver] => [name, (source) => source[name]]));
  const resolvers = { Query: { rows: () => list }, Row: fields };
  const schema = transformer(makeExecutableSchema({ typeDefs: [typeDefs, sdl], resolvers }));
  for (const field of Object.values(assertObjectType(schema.getType("Row")).getFields())) {
    if (wrap !== undefined && field.resolve) field.resolve = wrap(field.resolve);
  }
  return schema;
}

interface Call extends Shape {
  readonly document: DocumentNode;
  /** Default: the one that the rows require. */
  readonly scopes?: readonly string[];
}

function createCandidate(name: string, { document, scopes = ["read:rows"], ...shape }: Call): Candidate {
  const schema = createSchema(shape);
  const contextValue = { authentication: authenticatedAs({ scopes }) };
  return { name, run: () => execute({ schema, document, contextValue }) };
}

const allFields = parse(`{ rows { ${names.join(" ")} } }`);

/** What guarding a large answer costs. */
async function benchLargeAnswer(): Promise<string> {
  const call = { document: allFields, rows: 1000 };
  const timings = await compare([
    createCandidate("without rules", { ...call, rule: "" }),
    createCandidate("without rules, a wrapper that asks nothing", { ...call, rule: "", wrap: callThrough }),
    createCandidate("@auth on each field", { ...call, rule: "@auth" }),
    createCandidate("@requiresScope on each field", { ...call, rule: scope }),
  ]);
  return formatTimings("1,000 rows of 10 fields, one execution by graphql-js:", timings);
}

/** What guarding a small one costs, and what that does not depend on. */
async function benchSmallAnswer(): Promise<string> {
  const call = { document: allFields, rows: 1 };
  const many = ["read:rows", ...Array.from({ length: 10_000 }, (_, index) => `scope:${index}`)];
  const timings = await compare([
    createCandidate("without rules", { ...call, rule: "" }),
    createCandidate("10 guarded fields", { ...call, rule: scope }),
    createCandidate("the same, 1,000 more rules in the schema", { ...call, rule: scope, otherRules: 1000 }),
    createCandidate("the same, 10,000 scopes in the token", { ...call, rule: scope, scopes: many }),
  ]);
  const [base, ...guarded] = timings.map(({ medianUs }) => medianUs);
  const added = guarded.map((us) => `${(us - (base ?? Number.NaN)).toFixed(2)} µs`).join(", ");
  return `${formatTimings("One row of 10 fields:", timings)}  added by guarding: ${added}\n`;
}

/** What a refusal costs in a long list. */
async function benchRefusals(): Promise<string> {
  const call = { document: parse("{ rows { f0 } }"), rows: 10_000, rule: scope };
  const timings = await compare([
    createCandidate("allowed", call),
    createCandidate("refused", { ...call, scopes: [] }),
  ]);
  return formatTimings("10,000 rows of one guarded field:", timings);
}

/** What authorization costs, as ratios to the same work without it. */
export async function benchAuthorization(): Promise<string> {
  return [await benchLargeAnswer(), await benchSmallAnswer(), await benchRefusals()].join("\n");
}
