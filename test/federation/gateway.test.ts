import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { buildSchema, type ExecutionResult, isObjectType, print } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compose, type Gateway, startApolloGateway, startHiveGateway } from "./gateways.ts";
import { type Graph, startGraph } from "./graph.ts";

let graph: Graph;
let supergraph: string;
let apollo: Gateway;
let hive: Gateway;
beforeAll(async () => {
  graph = await startGraph();
  supergraph = await compose(graph);
  apollo = await startApolloGateway(supergraph);
  hive = startHiveGateway(supergraph, graph);
});
beforeEach(() => {
  graph.resolved.length = 0;
});
afterAll(async () => {
  await Promise.all([apollo, hive].map(({ stop }) => stop()));
  await graph.stop();
});

const sign = (scope?: string): string => graph.stage.sign(scope === undefined ? {} : { scope });
const refusals = ({ errors = [] }: ExecutionResult): unknown[] =>
  errors.map(({ path, extensions }) => [path?.join("."), extensions?.["code"], extensions?.["reason"]]);

const join = "{ reviews { text author { name email } product { name cost } } }";

/** `@authenticated @requiresScopes(scopes: [["audit"]])`, by coordinate. */
function listRules(sdl: string): Record<string, string> {
  const types = Object.values(buildSchema(sdl, { assumeValidSDL: true }).getTypeMap()).filter(isObjectType);
  const rules = types.flatMap((type) =>
    Object.values(type.getFields()).map(({ name, astNode }) => {
      const directives = astNode?.directives?.filter((node) =>
        /^(authenticated|requiresScopes)$/.test(node.name.value),
      );
      return [`${type.name}.${name}`, (directives ?? []).map(print).join(" ")] as const;
    }),
  );
  return Object.fromEntries(rules.filter(([, text]) => text !== ""));
}

test("the composed supergraph has every rule, in the words of Federation", () => {
  expect(listRules(supergraph)).toEqual({
    "Query.me": "@authenticated",
    "Query.audit": '@authenticated @requiresScopes(scopes: [["audit"]])',
    "User.id": "@authenticated",
    "User.name": "@authenticated",
    "User.email": '@authenticated @requiresScopes(scopes: [["email"]])',
    "Product.cost": '@authenticated @requiresScopes(scopes: [["audit"], ["cost"]])',
  });
});

describe("@apollo/gateway", () => {
  test("refuses a supergraph with rules that it does not enforce, until it is told that others do", async () => {
    const server = new ApolloServer({
      gateway: new ApolloGateway({ supergraphSdl: supergraph }),
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
    await expect(server.start()).rejects.toThrow("is for: SECURITY but is unsupported");
  });

  test("passes on our refusals of root fields, with code, reason and path", async () => {
    const answer = await apollo.ask("{ status me { name } audit }");
    expect(answer.data).toEqual({ status: "well", me: null, audit: null });
    const anonymous = ["UNAUTHENTICATED", "authorization_header_missing"];
    expect(refusals(answer)).toEqual([
      ["me", ...anonymous],
      ["audit", ...anonymous],
    ]);
    const refused = await apollo.ask("{ audit }", sign("email"));
    expect(refused.data).toEqual({ audit: null });
    expect(refused.errors).toMatchObject([
      { path: ["audit"], extensions: { code: "FORBIDDEN", requiredScopes: [["audit"]] } },
    ]);
  });

  test("gets no entity that its caller may not have, and none is resolved", async () => {
    const answer = await apollo.ask(join);
    const author = { name: null, email: null };
    const product = { name: "Lamp", cost: null };
    expect(answer.data).toEqual({
      reviews: [
        { text: "Review 1", author, product },
        { text: "Review 2", author, product },
      ],
    });
    expect(refusals(answer)).toEqual([
      ["reviews.0.author", "UNAUTHENTICATED", "authorization_header_missing"],
      ["reviews.0.product.cost", "UNAUTHENTICATED", "authorization_header_missing"],
    ]);
    expect(graph.resolved).toEqual(["Product 1", "Product 2"]);
  });

  test("gets of an entity what its caller's token grants", async () => {
    const member = await apollo.ask(join, sign());
    expect(member.data).toMatchObject({
      reviews: [{ author: { name: "Ada", email: null } }, { product: { cost: null } }],
    });
    expect(refusals(member)).toEqual([
      ["reviews.0.author.email", "FORBIDDEN", "insufficient_scope"],
      ["reviews.0.product.cost", "FORBIDDEN", "insufficient_scope"],
    ]);
    const admin = await apollo.ask(join, sign("email cost"));
    expect(admin.errors).toBeUndefined();
    expect(admin.data).toMatchObject({ reviews: [{ author: { email: "ada@example.com" }, product: { cost: 7 } }, {}] });
  });
});

describe("Hive Gateway", () => {
  test("refuses by the rules of the supergraph, and asks the subgraph for nothing that it refuses", async () => {
    const { data, errors } = await hive.ask("{ status me { name } audit }");
    expect(data).toEqual({ status: "well", me: null, audit: null });
    expect(errors?.map(({ path, extensions }) => [path, extensions?.["code"]])).toEqual([
      [["me"], "UNAUTHORIZED_FIELD_OR_TYPE"],
      [["audit"], "UNAUTHORIZED_FIELD_OR_TYPE"],
    ]);
    await hive.ask(join);
    expect(graph.resolved).toEqual(["Product 1", "Product 2"]);
  });

  test("refuses what another subgraph answers of a guarded entity, where we are not asked", async () => {
    const query = "{ reviews { author { id } } }";
    expect(listLeaves((await hive.ask(query)).data)).toEqual([]);
    expect(listLeaves((await apollo.ask(query)).data)).toEqual(["reviews.0.author.id", "reviews.1.author.id"]);
  });
});

/** The paths of what an answer gives, without what is null; Hive leaves refused fields out. */
function listLeaves(value: unknown, path = ""): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([key, inner]) => listLeaves(inner, path === "" ? key : `${path}.${key}`));
}

const queries = [
  "{ status }",
  "{ me { id name email } }",
  "{ audit }",
  "{ status me { name email } audit }",
  "{ reviews { text author { name } } }",
  "{ reviews { author { ...F } product { id cost } } } fragment F on User { email alias: name }",
  join,
];

describe.each([
  ["no token", undefined],
  ["a token without scopes", ""],
  ["the scope email", "email"],
  ["the scope audit", "audit"],
  ["the scope cost", "cost"],
  ["every scope", "email audit cost"],
])("with %s", (_, scope) => {
  test.each(queries)("Hive Gateway's own refusal and ours give the same: %s", async (query) => {
    const token = scope === undefined ? undefined : sign(scope);
    const [edge, ours] = await Promise.all([hive.ask(query, token), apollo.ask(query, token)]);
    expect(listLeaves(edge.data)).toEqual(listLeaves(ours.data));
    expect(edge.errors === undefined).toBe(ours.errors === undefined);
  });
});

test("a token that is refused opens nothing, at the edge or here", async () => {
  const token = graph.stage.sign({ scope: "email audit cost", aud: "https://other.example.com" });
  for (const gateway of [hive, apollo]) {
    expect(listLeaves((await gateway.ask("{ status me { name } audit }", token)).data)).toEqual(["status"]);
  }
  expect(refusals(await apollo.ask("{ status me { name } }", token))).toEqual([
    ["me", "UNAUTHENTICATED", "invalid_claims"],
  ]);
});
