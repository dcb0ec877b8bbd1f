/** A schema in which everything that a caller without a token may not use has a name with "hidden" in it. */
export const halfHidden = `
  directive @shown(hint: String) on FIELD | QUERY
  directive @hiddenInSchemas(by: HiddenEnum) on OBJECT
  type Query {
    open(role: Role): Open
    self: Query
    node: Node
    any: Any
    users(role: Role, hiddenArg: HiddenInput @auth, filter: Filter = { name: "n", hiddenInput: {} }): [User]
    hiddenField(hiddenOwn: HiddenEnum): HiddenType @auth
    hiddenAdmin: [HiddenType] @requiresScope(scopes: "admin")
  }
  type Mutation { log: Query hiddenWrite(hiddenInput: HiddenInput!): HiddenPayload @auth }
  type Subscription { hiddenEvents: Int @auth ticks: Query }
  type Open { text: String peer: Node hiddenPeer: HiddenNode }
  interface Node { id: ID hiddenCommon: Int @auth }
  interface HiddenNode implements Node { id: ID hiddenCommon: Int hiddenMore: Int }
  type User implements Node { id: ID hiddenCommon: Int name: String }
  type Group implements Node { id: ID hiddenCommon: Int size: Int @deprecated }
  type HiddenType implements Node & HiddenNode @auth { id: ID hiddenCommon: Int hiddenMore: Int }
  type HiddenPayload { hiddenOk: Boolean }
  union Any = User | HiddenType
  input Filter { name: String role: Role hiddenInput: HiddenInput @auth }
  input HiddenInput { hiddenValue: HiddenEnum }
  enum Role { READER WRITER }
  enum HiddenEnum { HIDDEN_ONE HIDDEN_TWO }`;

/** Ways to ask for names, by what each does; every one of them names something hidden if nothing keeps it from it. */
export const ways: readonly (readonly [string, string])[] = [
  ["types", "{ __schema { types { name } } }"],
  ["an alias", "{ open: __schema { __typename: types { id: name } } }"],
  [
    "two selections of one response key",
    "{ __schema { directives { name } } ...F } fragment F on Query { __schema { types { name } } }",
  ],
  [
    "a fragment in fragments",
    "{ ...F } fragment F on Query { ...G } fragment G on Query { ... on Query { __schema { ...H } } } fragment H on __Schema { types { ...I } } fragment I on __Type { name }",
  ],
  [
    "fields",
    "{ __schema { queryType { fields { name type { name ofType { name } } args { name type { name } } } } } }",
  ],
  [
    "mutationType",
    "{ __schema { mutationType { fields { name type { name } args { name type { ofType { name } } } } } } }",
  ],
  ["subscriptionType", "{ __schema { subscriptionType { fields { name } } } }"],
  ["directives", "{ __schema { directives { name args { name type { name enumValues { name } } } } } }"],
  ["a type that is hidden", '{ __type(name: "HiddenType") { name } }'],
  ["a type by a variable", 'query ($name: String = "HiddenEnum") { __type(name: $name) { enumValues { name } } }'],
  ["a hidden interface", '{ __type(name: "HiddenNode") { possibleTypes { name } fields { name } } }'],
  ["possibleTypes of an interface", '{ __type(name: "Node") { possibleTypes { name fields { name } } } }'],
  ["possibleTypes of a union", '{ __type(name: "Any") { possibleTypes { name interfaces { name } } } }'],
  ["fields of an interface", '{ __type(name: "Node") { fields(includeDeprecated: true) { name } } }'],
  ["inputFields", '{ __type(name: "Filter") { inputFields { name type { name inputFields { name } } } } }'],
  [
    "what a type's fields lead to",
    '{ __type(name: "User") { fields { name } interfaces { possibleTypes { name } } } }',
  ],
  ["a default", '{ __type(name: "Query") { fields { args { defaultValue } } } }'],
  ["a Query below Query", "{ self { self { __schema { types { name } } } } }"],
  ["a Query below a mutation", "mutation { log { __schema { types { name } } } }"],
  [
    "a condition",
    "query ($no: Boolean = false, $yes: Boolean! = true) { __schema @skip(if: $no) { types @include(if: $yes) { name } } }",
  ],
  ["a directive of the schema", 'query @shown { __schema @shown(hint: "x") { types { name } } }'],
  ["data beside it", "{ a: __schema { types { name } } open { text } b: __schema { types { name } } }"],
];

/** Whether a text names something that is hidden. */
export function namesHidden(text: string): boolean {
  return /hidden/i.test(text);
}
