import { ApolloServer, HeaderMap } from "@apollo/server";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { GraphQLError } from "graphql";
import { describe, expect, test } from "vitest";
import type { Authentication } from "../src/authentication/principal.ts";
import { type AuthContext, type AuthDirectivesOptions, authDirectives, authPlugin } from "../src/index.ts";
import { anonymous, authenticatedAs } from "../src/testing.ts";
import { halfHidden } from "./support/half-hidden.ts";

const odd = "scalar Odd extend type Query { odd(value: Odd, hiddenOdd: Odd @auth): Int }";

function create(options: AuthDirectivesOptions): ApolloServer<AuthContext> {
  const auth = authDirectives(options);
  const resolvers = {
    Query: {
      open: () => {
        throw new GraphQLError('It is closed. Did you mean "hiddenDoor"?');
      },
    },
  };
  const typeDefs = [auth.typeDefs, halfHidden, odd];
  const schema = auth.transformer(makeExecutableSchema({ typeDefs, resolvers }));
  // As Apollo does by default outside production: an error's stack has its message too.
  return new ApolloServer({ schema, plugins: [authPlugin()], includeStacktraceInErrorResponses: true });
}

const server = create({ introspection: "permitted" });
await server.start();

interface Seen {
  readonly status: number | undefined;
  readonly text: string;
  readonly messages: readonly string[];
}

async function ask(
  query: string,
  authentication: Authentication,
  variables: object = {},
  asked = server,
): Promise<Seen> {
  const { status, body } = await asked.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: "POST",
      headers: new HeaderMap([["content-type", "application/json"]]),
      search: "",
      body: { query, variables },
    },
    context: async () => ({ authentication }),
  });
  const text = body.kind === "complete" ? body.string : "";
  return { status, text, messages: JSON.parse(text).errors.map(({ message }: Error) => message) };
}

const admin = authenticatedAs({ scopes: ["admin"] });

/** By the kind of error: a request, what graphql-js says to it, and what it suggests to whoever may use it. */
const mistakes: readonly (readonly [string, string, object, string, string])[] = [
  ["a field", "{ hidenField { id } }", {}, 'Cannot query field "hidenField" on type "Query".', '"hiddenField"'],
  [
    "a field that another type has",
    "{ any { ... on User { hiddenMore } } }",
    {},
    'Cannot query field "hiddenMore" on type "User".',
    '"hiddenCommon"',
  ],
  [
    "a fragment",
    "{ any { hiddenMore } }",
    {},
    'Cannot query field "hiddenMore" on type "Any".',
    'an inline fragment on "HiddenNode" or "HiddenType"',
  ],
  ["a type in a fragment", "{ node { ... on HidenType { id } } }", {}, 'Unknown type "HidenType".', '"HiddenType"'],
  [
    "a type of a variable",
    "query ($x: HidenInput) { open(role: $x) { text } }",
    {},
    'Unknown type "HidenInput".',
    '"HiddenInput"',
  ],
  [
    "an argument",
    "{ users(hidenArg: {}) { name } }",
    {},
    'Unknown argument "hidenArg" on field "Query.users".',
    '"hiddenArg"',
  ],
  [
    "an input field",
    "{ users(filter: { hidenInput: {} }) { name } }",
    {},
    'Field "hidenInput" is not defined by type "Filter".',
    '"hiddenInput"',
  ],
  [
    "a value of an enum",
    "{ hiddenField(hiddenOwn: HIDDEN_ON) { id } }",
    {},
    'Value "HIDDEN_ON" does not exist in "HiddenEnum" enum.',
    '"HIDDEN_ONE"',
  ],
  [
    "a text for an enum",
    '{ hiddenField(hiddenOwn: "HIDDEN_ON") { id } }',
    {},
    'Enum "HiddenEnum" cannot represent non-enum value: "HIDDEN_ON".',
    '"HIDDEN_ONE"',
  ],
  [
    "missing subfields",
    "{ hiddenField }",
    {},
    'Field "hiddenField" of type "HiddenType" must have a selection of subfields.',
    '"hiddenField { ... }"',
  ],
  [
    "an input field in a variable",
    "query ($f: Filter) { users(filter: $f) { name } }",
    { f: { hidenInput: {} } },
    'Variable "$f" got invalid value { hidenInput: {} }; Field "hidenInput" is not defined by type "Filter".',
    '"hiddenInput"',
  ],
  [
    "a value in a variable",
    "query ($e: HiddenEnum) { hiddenField(hiddenOwn: $e) { id } }",
    { e: "HIDDEN_ON" },
    'Variable "$e" got invalid value "HIDDEN_ON"; Value "HIDDEN_ON" does not exist in "HiddenEnum" enum.',
    '"HIDDEN_ONE"',
  ],
];

describe("the suggestion in an error over", () => {
  test.each(mistakes)("%s is made only to whoever may use it", async (_, query, variables, message, suggestion) => {
    const refused = await ask(query, anonymous(), variables);
    expect(refused.messages).toContain(message);
    expect(refused.text).not.toContain("Did you mean");
    const told = await ask(query, admin, variables);
    expect(told.messages.filter((text) => text.startsWith(`${message} Did you mean `))).toHaveLength(1);
    expect(told.messages.join("\n")).toContain(suggestion);
    expect([refused.status, told.status]).toEqual([400, 400]);
  });

  test.each<[string, object, string]>([
    ["{ opeen { text } }", {}, 'Cannot query field "opeen" on type "Query". Did you mean "open"?'],
    [
      "{ open(role: READR) { text } }",
      {},
      'Value "READR" does not exist in "Role" enum. Did you mean the enum value "READER"?',
    ],
    [
      "query ($f: Filter) { users(filter: $f) { name } }",
      { f: { nme: 1 } },
      'Variable "$f" got invalid value { nme: 1 }; Field "nme" is not defined by type "Filter". Did you mean "name"?',
    ],
    ["{ open @shown(hnt: 1) { text } }", {}, 'Unknown argument "hnt" on directive "@shown". Did you mean "hint"?'],
    [
      "{ any { name } }",
      {},
      'Cannot query field "name" on type "Any". Did you mean to use an inline fragment on "User"?',
    ],
  ])("%s %j is made to everybody where it names what is permitted", async (query, variables, message) => {
    expect((await ask(query, anonymous(), variables)).messages).toContain(message);
  });

  test("several kinds at once, with the words of a suggestion in the request, names nothing that is hidden", async () => {
    const query = `query ($f: Filter = { hidenInput: " Did you mean " }) {
      hidenField users(filter: { role: "hidden Did you mean READR", hidenInput: 1 }, hidenArg: 1) { nme }
      odd(value: " Did you mean ", hidenOdd: 1) ...F
    } fragment F on HidenType { id }`;
    const { text } = await ask(query, anonymous());
    expect(text).not.toMatch(/hidden(Field|Input|Arg|Odd|Type)/i);
    expect((await ask(query, admin)).text).toMatch(/hiddenField.*hiddenInput.*hiddenArg.*hiddenOdd.*HiddenType/);
  });
});

test("a variable with a thousand mistakes is given up after the first ones", async () => {
  let reads = 0;
  const filter = {
    get nme() {
      reads += 1;
      return 1;
    },
    ...Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field${index}`, 1])),
  };
  const { messages } = await ask("query ($f: Filter) { users(filter: $f) { name } }", anonymous(), { f: filter });
  expect(messages.join("\n")).toContain('Did you mean "name"?');
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThan(300);
});

test("the errors of a resolver are its own", async () => {
  expect((await ask("{ open { text } }", anonymous())).messages).toEqual(['It is closed. Did you mean "hiddenDoor"?']);
});

test("all suggestions are made to everybody where introspection is not filtered", async () => {
  const whole = create({});
  await whole.start();
  expect((await ask("{ hidenField { id } }", anonymous(), {}, whole)).messages).toEqual([
    'Cannot query field "hidenField" on type "Query". Did you mean "hiddenField"?',
  ]);
});
