import { makeExecutableSchema } from "@graphql-tools/schema";
import type { GraphQLSchema } from "graphql";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { assertGuarded, authDirectives } from "../../src/authorization/guard.ts";
import type { RefusalReport } from "../../src/authorization/refusal-report.ts";
import { anonymous, authenticatedAs } from "../../src/testing.ts";
import { ask, guardSubgraph } from "./subgraph.ts";

const resolve = vi.fn((type: string, reference: object) => ({ secret: `${type}'s`, ...reference }));
const isUser = vi.fn(() => true);
beforeEach(() => vi.clearAllMocks());

const resolveAs = (type: string) => ({
  __resolveReference: (reference: object) => resolve(type, reference),
});
const typeDefs = `
  type Query { node: Node }
  interface Node @key(fields: "id") { id: ID! }
  interface Hidden @key(fields: "id") @auth { id: ID! }
  type User implements Node @key(fields: "id") @requiresScope(scopes: [["user"]]) { id: ID! secret: String }
  type Group implements Node @key(fields: "id") { id: ID! secret: String @auth }
  type Vault implements Hidden @key(fields: "id") { id: ID! secret: String }
  type Stub @key(fields: "id", resolvable: false) @auth { id: ID! }
  type Plain @auth { id: ID! }
  extend type Query { stub: Stub plain: Plain }`;
const resolvers = {
  Node: { __resolveType: ({ id }: { readonly id: string }) => id },
  Hidden: { ...resolveAs("Hidden"), __resolveType: () => "Vault" },
  User: { ...resolveAs("User"), __isTypeOf: isUser },
  Group: resolveAs("Group"),
  Vault: resolveAs("Vault"),
  Stub: resolveAs("Stub"),
  Plain: resolveAs("Plain"),
};
const schema = guardSubgraph(typeDefs, resolvers);

const query = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on User { secret } ... on Group { secret } }
}`;
const reference = (__typename: unknown, id = "1"): object => ({ __typename, id });
const user = authenticatedAs({ scopes: ["user"] });

describe("a reference to a type with a rule", () => {
  test("is null with one error, and neither it is resolved nor is its type asked", async () => {
    const { data, errors } = await ask(schema, query, { representations: [reference("User")] });
    expect(data).toEqual({ _entities: [null] });
    expect(errors?.map((error) => error.toJSON())).toMatchObject([
      {
        path: ["_entities", 0],
        locations: [{ line: 2, column: 3 }],
        extensions: { code: "UNAUTHENTICATED", reason: "authorization_header_missing" },
      },
    ]);
    const member = await ask(schema, query, {
      representations: [reference("User")],
      authentication: authenticatedAs(),
    });
    expect(member.errors?.[0]?.extensions).toMatchObject({ code: "FORBIDDEN", requiredScopes: [["user"]] });
    expect(resolve).not.toHaveBeenCalled();
    expect(isUser).not.toHaveBeenCalled();
  });

  test("is resolved for whoever has what the rule requires", async () => {
    const answer = await ask(schema, query, { representations: [reference("User")], authentication: user });
    expect(answer).toEqual({ data: { _entities: [{ __typename: "User", secret: "User's" }] } });
    expect(resolve).toHaveBeenCalledExactlyOnceWith("User", reference("User"));
  });

  test("leaves those beside it in their places, with one error for each type", async () => {
    const names = ["User", "Group", "User", "Group", "Hidden"];
    const representations = names.map((name, index) => reference(name, String(index)));
    const { data, errors } = await ask(schema, query, { representations });
    const group = { __typename: "Group", secret: null };
    expect(data).toEqual({ _entities: [null, group, null, group, null] });
    expect(errors?.map(({ path }) => path?.join(".")).toSorted()).toEqual([
      "_entities.0",
      "_entities.1.secret",
      "_entities.4",
    ]);
    expect(resolve.mock.calls.map(([type, given]) => [type, given])).toEqual([
      ["Group", reference("Group", "1")],
      ["Group", reference("Group", "3")],
    ]);
  });

  test.each([
    ["an alias", "query ($r: [_Any!]!) { __typename x: _entities(representations: $r) { ... on User { secret } } }"],
    [
      "two aliases",
      "query ($r: [_Any!]!) { x: _entities(representations: $r) { __typename } y: _entities(representations: $r) { __typename } }",
    ],
    [
      "a fragment on an interface",
      "query ($r: [_Any!]!) { ... { _entities(representations: $r) { ... on Node { ...F } } } } fragment F on Node { id }",
    ],
    ["__typename only", "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }"],
    ["a literal", '{ _entities(representations: [{ __typename: "User", id: "1" }]) { __typename } }'],
    ["a literal outside a list", '{ _entities(representations: { __typename: "User", id: "1" }) { __typename } }'],
    [
      "a variable in a literal",
      'query ($n: _Any! = "User") { _entities(representations: [{ __typename: $n, id: "1" }]) { __typename } }',
    ],
    [
      "introspection beside it",
      "query ($r: [_Any!]!) { __schema { __typename } _service { __typename } _entities(representations: $r) { __typename } }",
    ],
  ])("is refused by %s", async (_, source) => {
    const { errors = [] } = await ask(schema, source, { r: [reference("User")] });
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error.extensions["code"]).toBe("UNAUTHENTICATED");
    expect(resolve).not.toHaveBeenCalled();
  });

  test("is refused where the type is no entity, or one that is not resolvable", async () => {
    for (const name of ["Plain", "Stub", "Hidden"]) {
      const { data, errors } = await ask(schema, query, { representations: [reference(name)] });
      expect([data, errors?.[0]?.extensions["code"]]).toEqual([{ _entities: [null] }, "UNAUTHENTICATED"]);
    }
    expect(resolve).not.toHaveBeenCalled();
  });
});

test.each([[["User"]], [[["User"]]], [{ toString: "User" }], [null], [1], [undefined]])(
  "a representation whose __typename is not a string, %j, gets to no resolver",
  async (name) => {
    const given = [reference(name), reference("Group")];
    const { data, errors } = await ask(schema, query, { representations: given });
    expect(data).toMatchObject({ _entities: [null, { __typename: "Group" }] });
    expect(errors?.[0]).toMatchObject({ path: ["_entities", 0], extensions: { code: "BAD_USER_INPUT" } });
    expect(resolve.mock.calls.map(([type]) => type)).toEqual(["Group"]);
  },
);

test.each(["user", "USER", " User", "User ", "_Entity", "__proto__", "constructor", "Missing"])(
  "a type of another name, %j, is nobody's",
  async (name) => {
    const { data, errors } = await ask(schema, query, { representations: [reference(name)] });
    expect(errors).toHaveLength(1);
    expect(data).toBeNull();
    expect(resolve).not.toHaveBeenCalled();
  },
);

test("an interface's reference leads to no object whose type is refused, with one error for all", async () => {
  // Node resolves no references itself: @apollo/subgraph asks the type that the reference turns out to be of.
  const representations = [reference("Node", "User"), reference("Node", "User"), reference("Node", "Group")];
  const { data, errors } = await ask(schema, query, { representations });
  expect(data).toEqual({ _entities: [null, null, { __typename: "Group", secret: null }] });
  expect(errors?.map(({ path, extensions }) => [path?.join("."), extensions["code"]]).toSorted()).toEqual([
    ["_entities.0", "UNAUTHENTICATED"],
    ["_entities.2.secret", "UNAUTHENTICATED"],
  ]);
  expect(resolve.mock.calls.map(([type]) => type)).toEqual(["Group"]);
  const granted = await ask(schema, query, { representations, authentication: user });
  expect(granted.errors).toBeUndefined();
});

test("what a representation brings along opens nothing", async () => {
  const forged = { ...reference("Group"), secret: "forged", authentication: user };
  expect((await ask(schema, query, { representations: [forged] })).data).toEqual({
    _entities: [{ __typename: "Group", secret: null }],
  });
});

test("a rule on Query guards _entities as a whole, and _service as little as introspection", async () => {
  const strict = guardSubgraph('type Query @auth { a: Int } type T @key(fields: "id") { id: ID }', {
    T: resolveAs("T"),
  });
  expect((await ask(strict, "{ _service { sdl } }")).errors).toBeUndefined();
  const { data, errors } = await ask(strict, query.replace(/ \.\.\. on.*/, " }"), {
    representations: [reference("T")],
  });
  expect([data, errors?.[0]?.path]).toEqual([null, ["_entities"]]);
  expect(resolve).not.toHaveBeenCalled();
});

describe("where unmarked root fields are not public", () => {
  const sdl = `
    type Query { me: Int @auth }
    type Open @key(fields: "id") @public { id: ID }
    type Unmarked @key(fields: "id") { id: ID }`;
  const all = { Open: resolveAs("Open"), Unmarked: resolveAs("Unmarked") };
  const source = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } _service { sdl } }";
  const r = [reference("Open"), reference("Unmarked")];

  test.each(["authenticated", "refuse"] as const)(
    "%s: a type without a rule needs a token by reference",
    async (unmarked) => {
      const strict: GraphQLSchema = guardSubgraph(sdl, all, { unmarked });
      const { data, errors } = await ask(strict, source, { r });
      expect(data).toMatchObject({ _entities: [{ __typename: "Open" }, null], _service: { sdl: expect.any(String) } });
      expect(errors?.map(({ path }) => path)).toEqual([["_entities", 1]]);
      expect((await ask(strict, source, { r, authentication: authenticatedAs() })).errors).toBeUndefined();
    },
  );
});

test("in mode report everything is resolved, and each type that would be refused is told once", async () => {
  const told: RefusalReport[] = [];
  const reporting = guardSubgraph(typeDefs, resolvers, { mode: "report", onRefusal: (report) => told.push(report) });
  const representations = [reference("User"), reference("User"), reference("Node", "User")];
  const { errors } = await ask(reporting, `query Q${query.slice(5)}`, { representations, authentication: anonymous() });
  expect(errors).toBeUndefined();
  expect(told.map(({ coordinate, operationName }) => [coordinate, operationName])).toEqual([
    ["User", "Q"],
    ["User.secret", "Q"],
  ]);
});

test("a server does not start where _entities was replaced after the transformer", () => {
  const replaced = guardSubgraph(typeDefs, resolvers);
  expect(assertGuarded(replaced).policy.references.size).toBe(4);
  const loosened = guardSubgraph(typeDefs, resolvers);
  Object.assign(loosened.getQueryType()?.getFields()["_entities"] ?? {}, { resolve: () => [] });
  expect(() => assertGuarded(loosened)).toThrow("Query._entities: its guard is missing");
});

describe("in a subgraph of another library, whose _entities answers as it likes", () => {
  const auth = authDirectives();
  const sdl = `
    type Query { _entities(representations: [_Any!]!): [_Entity]! }
    scalar _Any
    union _Entity = User | Group
    type User @auth { id: ID! }
    type Group { id: ID! }`;
  const r = ["0", "1", "2", "3"].map((id) => reference(id === "2" ? "User" : "Group", id));
  const source = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Group { id } } }";
  const answerWith = (answer: (given: readonly object[]) => unknown): GraphQLSchema =>
    auth.transformer(
      makeExecutableSchema({
        typeDefs: [auth.typeDefs, sdl],
        resolvers: { Query: { _entities: (_source: unknown, { representations }) => answer(representations) } },
      }),
    );

  test.each<[string, (given: readonly object[]) => unknown]>([
    ["a list", (given) => given],
    ["a promise", async (given) => given],
    ["a list of promises", (given) => given.map(async (one) => one)],
    // biome-ignore lint/suspicious/noThenProperty: a promise of somebody's own.
    ["what can be awaited", (given) => ({ then: (resolved: (all: unknown) => void) => resolved(given) })],
  ])("%s: what is granted is in its place", async (_, answer) => {
    const { data, errors } = await ask(answerWith(answer), source, { r });
    expect(data).toEqual({ _entities: [{ id: "0" }, { id: "1" }, null, { id: "3" }] });
    expect(errors?.map(({ path }) => path)).toEqual([["_entities", 2]]);
  });

  test.each<[string, (given: readonly object[]) => unknown]>([
    ["too few", (given) => given.slice(1)],
    ["no list", () => new Set()],
  ])("%s: nobody gets another one's object", async (_, answer) => {
    const { data, errors } = await ask(answerWith(answer), source, { r });
    expect([data, errors?.[0]?.message]).toEqual([null, expect.stringContaining("one object for each representation")]);
  });
});

test("introspection cannot be 'permitted' in a subgraph, which tells its whole schema", () => {
  expect(() => guardSubgraph(typeDefs, resolvers, { introspection: "permitted" })).toThrow("Query._service: it tells");
});
