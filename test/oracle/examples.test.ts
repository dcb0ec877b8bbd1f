import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import type { Dataset, DataValue } from "./dataset.ts";
import { findIneffectiveRules } from "./effectiveness.ts";
import type { Caller } from "./execution.ts";
import { type Prediction, predict } from "./executor.ts";
import { readSchema } from "./type-definitions.ts";

// That the oracle itself is right: to be checked by reading, and without the library.

const sdl = `
  type Query {
    open(all: Int = 1 @requiresScope(scopes: "all"), filter: Filter): Int
    own: Int @requiresScope(scopes: [["a", "b"], ["c"]])
    both: Int @requiresScope(scopes: "a") @requiresScope(scopes: [["a", "b"], ["c"]])
    enum: [[E!]!]
    union: U
    user: User
    node: Node
    users: [User]
    strict: Int! @auth
  }
  enum E @requiresScope(scopes: "e") { ONE }
  union U @requiresScope(scopes: ["u"]) = User
  interface Node { id(raw: Int @requiresScope(scopes: "raw")): ID }
  extend interface Node @requiresScope(scopes: "node")
  interface Named implements Node { id(raw: Int): ID name: String @requiresScope(scopes: "name") }
  type User implements Named { id(raw: Int): ID name: String! more: Int }
  extend type User @auth
  input Filter { secret: Int @requiresScope(scopes: "secret") and: [Filter] }`;

const user: DataValue = { kind: "reference", to: "user" };

function toFields(fields: Record<string, DataValue>): ReadonlyMap<string, DataValue> {
  return new Map(Object.entries(fields));
}

const query = {
  open: 1,
  own: 1,
  both: 1,
  enum: [["ONE"]],
  union: user,
  user,
  node: user,
  users: [user, user],
  strict: 1,
};
const dataset: Dataset = {
  objects: new Map([
    ["Query", { typeName: "Query", fields: toFields(query) }],
    ["user", { typeName: "User", fields: toFields({ id: "1", name: "n", more: 2 }) }],
  ]),
  styles: new Map(),
  promised: new Set(),
};

const as = (...scopes: string[]): Caller => ({ kind: "authenticated", scopes });
const anonymous: Caller = { kind: "anonymous" };

function ask(operation: string, caller: Caller, variables: Record<string, unknown> = {}): Prediction {
  return predict(readSchema(sdl), { document: parse(operation), operationName: undefined, variables, caller, dataset });
}

/** What is refused: path, reason, scopes. */
function listRefused(operation: string, caller: Caller, variables: Record<string, unknown> = {}): readonly string[] {
  return ask(operation, caller, variables).errors.map(
    ({ path, reason, requiredScopes = "" }) => `${path.join(".")} ${reason} ${requiredScopes}`,
  );
}

const missing = "authorization_header_missing ";

describe("the oracle says that a field requires", () => {
  test.each<[string, string, Caller, readonly string[]]>([
    ["nothing without a rule", "{ open __typename __schema { queryType { name } } }", anonymous, []],
    ["a token", "{ own }", anonymous, [`own ${missing}`]],
    ["one of the alternatives", "{ own }", as("c"), []],
    ["all of an alternative", "{ x: own }", as("a"), ['x insufficient_scope ["a","b"] or ["c"]']],
    ["all rules of a place", "{ both }", as("c"), ['both insufficient_scope ["a","b"] or ["a","c"]']],
    ["what its enum requires", "{ enum }", as(), ['enum insufficient_scope ["e"]']],
    ["what its union requires", "{ union { __typename } }", as(), ['union insufficient_scope ["u"]']],
    [
      "what its type requires",
      "{ user { __typename } users { more } }",
      anonymous,
      [`user ${missing}`, `users ${missing}`],
    ],
    [
      "what the interface it returns requires",
      "{ node { ... on User { more } } }",
      as(),
      ['node insufficient_scope ["node"]'],
    ],
    ["nothing of the object behind that", "{ node { __typename } }", as("node"), []],
    ["what an interface's interface requires", "{ user { id more } }", as(), ['user.id insufficient_scope ["node"]']],
    ["what an interface's field requires", "{ user { name } }", as("node"), ['user.name insufficient_scope ["name"]']],
  ])("%s", (_, operation, caller, refused) => {
    expect(listRefused(operation, caller)).toEqual(refused);
  });
});

describe("the oracle says that an argument or input field", () => {
  const all = ['open insufficient_scope ["all"]'];
  const secret = ['open insufficient_scope ["secret"]'];
  test.each<[string, string, Record<string, unknown>, readonly string[]]>([
    ["asks when written", "{ open(all: null) }", {}, all],
    ["asks with its variable's value", "query ($v: Int) { open(all: $v) }", { v: null }, all],
    ["asks with its variable's default", "query ($v: Int = 1) { open(all: $v) }", {}, all],
    ["does not ask when its variable is left out", "query ($v: Int) { open(all: $v) }", {}, []],
    ["does not ask when left out", "{ open(filter: { and: [null, {}] }) }", {}, []],
    ["asks at any depth", "{ open(filter: { and: { and: [{ secret: null }] } }) }", {}, secret],
    [
      "asks inside of a variable",
      "query ($v: [Filter]) { open(filter: { and: $v }) }",
      { v: [{ and: { secret: 1 } }] },
      secret,
    ],
    ["asks inside of a default", "query ($v: Filter = { secret: 1 }) { open(filter: $v) }", {}, secret],
    ["does not ask for a variable left out inside", "query ($v: Int) { open(filter: { secret: $v }) }", {}, []],
    [
      "asks together with others",
      "{ open(all: 1, filter: { secret: 1 }) }",
      {},
      ['open insufficient_scope ["all","secret"]'],
    ],
  ])("%s", (_, operation, variables, refused) => {
    expect(listRefused(operation, as(), variables)).toEqual(refused);
  });

  test("asks for what an interface's argument requires", () => {
    expect(listRefused("{ user { id(raw: 1) } }", as("node"))).toEqual(['user.id insufficient_scope ["node","raw"]']);
  });
});

describe("the oracle says of a refusal that", () => {
  test("nothing below it is called", () => {
    const { data, calls } = ask("{ open user { more } node { id } }", anonymous);
    expect([data, calls]).toEqual([
      new Map([
        ["open", 1],
        ["user", null],
        ["node", null],
      ]),
      ["Query.open"],
    ]);
  });

  test("in a list the first one is told, for each place and selection", () => {
    expect(listRefused("{ users { id again: id } more: users { id } }", as())).toEqual(
      ["users.0.id", "users.0.again", "more.0.id"].map((path) => `${path} insufficient_scope ["node"]`),
    );
  });

  test("it is told each time where there must not be null", () => {
    const { data, errors } = ask("{ users { name } }", as());
    expect([data, errors.map(({ path }) => path)]).toEqual([
      new Map([["users", [null, null]]]),
      [
        ["users", 0, "name"],
        ["users", 1, "name"],
      ],
    ]);
    expect(ask("{ open strict own }", anonymous)).toMatchObject({ data: null, calls: ["Query.open"] });
  });
});

test("the oracle finds the rules that could never take effect", () => {
  const ineffective = `
    directive @tag(with: Filter, at: Int @auth) on FIELD
    type Query { a: T u: V }
    type T implements Live { id: ID s: Int }
    interface Live @auth { id: ID @auth }
    interface Idle @auth { id(a: Int @auth): ID @auth }
    type Idler implements Idle @auth { id(a: Int @auth): ID @auth }
    union V @auth = T
    union W @auth = T
    scalar S @auth
    enum E @auth { ONE }
    input Filter { secret: Int @auth }`;
  expect(findIneffectiveRules(readSchema(ineffective)).toSorted()).toEqual([
    "@tag(at:)",
    "@tag(with:)",
    "E",
    "Filter.secret",
    "Idle",
    "Idle.id",
    "Idle.id(a:)",
    "Idler",
    "Idler.id",
    "Idler.id(a:)",
    "S",
    "W",
  ]);
});
