/** Two versions of a schema, and what `contract diff` prints of them. */
export interface SchemaPair {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly printed: string;
  readonly exitCode: 0 | 1;
}

/** Changes as a reviewer meets them. */
export const pairs: readonly SchemaPair[] = [
  {
    title: "weaker by one scope",
    before: `type Query { users: Int @requiresScope(scopes: [["read:users", "admin"]]) }`,
    after: `type Query { users: Int @requiresScope(scopes: [["read:users"]]) }`,
    printed: `
weaker  Query.users  read:users and admin → read:users

1 weaker
`,
    exitCode: 1,
  },
  {
    title: "AND to OR",
    before: `type Query { users: Int @requiresScope(scopes: [["read:users", "admin"]]) }`,
    after: `type Query { users: Int @requiresScope(scopes: [["read:users"], ["admin"]]) }`,
    printed: `
weaker  Query.users  read:users and admin → read:users, or admin

1 weaker
`,
    exitCode: 1,
  },
  {
    title: "a rule moved from a type to one of its fields",
    before: `type Query { user: User } type User @requiresScope(scopes: "read:users") { name: String, email: String }`,
    after: `type Query { user: User } type User { name: String, email: String @requiresScope(scopes: "read:users") }`,
    printed: `
newly-public  Query.user  read:users → public
newly-public  User.name   read:users → public

2 newly-public
`,
    exitCode: 1,
  },
  {
    title: "reordered",
    before: `type Query { users: Int @requiresScope(scopes: [["a", "b"], ["c"]]) }`,
    after: `type Query { users: Int @auth @requiresScope(scopes: [["c"], ["b", "a"], ["c", "d"]]) }`,
    printed: "\nNobody gains or loses anything.\n",
    exitCode: 0,
  },
  {
    title: "a new public field",
    before: "type Query { users: Int @auth }",
    after: "type Query { users: Int @auth, count: Int }",
    printed: `
newly-public  Query.count  absent → public

1 newly-public
`,
    exitCode: 1,
  },
];
