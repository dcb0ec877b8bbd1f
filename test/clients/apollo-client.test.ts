import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache, ServerError } from "@apollo/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";

interface Message {
  readonly message: string;
}

interface Messages {
  readonly publicMessage?: Message;
  readonly privateMessage?: Message | null;
  readonly adminMessage?: Message | null;
}

const publicQuery = gql`query Public { publicMessage { message } }`;
const privateQuery = gql`query Private { privateMessage { message } }`;
const adminQuery = gql`query Admin { adminMessage { message } }`;
const mixedQuery = gql`query Mixed { publicMessage { message } boss: adminMessage { message } }`;

const publicText = "The API doesn't require an access token to share this message.";
const unauthenticated = { code: "UNAUTHENTICATED", reason: "authorization_header_missing" };
const forbidden = {
  code: "FORBIDDEN",
  reason: "insufficient_scope",
  requiredScopes: [["read:admin-messages"]],
};

let provider: TestProvider;
let server: TestServer;
let memberToken: string;
beforeAll(async () => {
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer });
  memberToken = await provider.getToken("member");
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

/** A client as its documentation makes one; nothing about this server is known to it but the address. */
function createClient(token?: string, headers: Readonly<Record<string, string>> = {}): ApolloClient {
  return new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({
      uri: `${server.url}/graphql`,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    }),
  });
}

async function catchError(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("The query was to fail."),
    (error: unknown) => error,
  );
}

function assertCombined(error: unknown): asserts error is CombinedGraphQLErrors {
  expect(CombinedGraphQLErrors.is(error), String(error)).toBe(true);
}

test("Apollo Client reads the public message without a token", async () => {
  const { data, error } = await createClient().query<Messages>({ query: publicQuery });
  expect(error).toBeUndefined();
  expect(data?.publicMessage).toMatchObject({ message: publicText });
});

test("Apollo Client reads the private message with a token", async () => {
  const { data, error } = await createClient(memberToken).query<Messages>({ query: privateQuery });
  expect(error).toBeUndefined();
  expect(data?.privateMessage).toMatchObject({ message: "The API successfully validated your access token." });
});

test("Apollo Client reads the admin message with a token that grants its scope", async () => {
  const token = await provider.getToken("admin", { scope: "read:admin-messages" });
  const { data, error } = await createClient(token).query<Messages>({ query: adminQuery });
  expect(error).toBeUndefined();
  expect(data?.adminMessage).toMatchObject({ message: "The API successfully recognized you as an admin." });
});

describe.each([
  {
    refusal: "no token",
    query: privateQuery,
    field: "privateMessage",
    send: () => undefined,
    extensions: unauthenticated,
  },
  {
    refusal: "a missing scope",
    query: adminQuery,
    field: "adminMessage",
    send: () => memberToken,
    extensions: forbidden,
  },
])("a query that is refused on account of $refusal", ({ query, field, send, extensions }) => {
  test("rejects by default with CombinedGraphQLErrors that tell code and reason", async () => {
    const error = await catchError(createClient(send()).query<Messages>({ query }));
    assertCombined(error);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: [field], extensions });
    expect(error.data).toBeUndefined();
  });

  test("resolves under errorPolicy all to the same error, without data", async () => {
    const { data, error } = await createClient(send()).query<Messages>({ query, errorPolicy: "all" });
    assertCombined(error);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: [field], extensions });
    expect(data).toBeUndefined();
  });
});

describe("a query that is granted in part", () => {
  test("rejects by default, and the error holds what was granted", async () => {
    const error = await catchError(createClient(memberToken).query<Messages>({ query: mixedQuery }));
    assertCombined(error);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: ["boss"], extensions: forbidden });
    expect(error.data).toMatchObject({ publicMessage: { message: publicText }, boss: null });
  });

  test("resolves under errorPolicy all to partial data beside the error", async () => {
    const { data, error } = await createClient(memberToken).query<Messages>({ query: mixedQuery, errorPolicy: "all" });
    assertCombined(error);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: ["boss"], extensions: forbidden });
    expect(data).toMatchObject({ publicMessage: { message: publicText }, boss: null });
  });
});

// Apollo Client does not look for errors in application/json that comes with another status than 200.
test("Apollo Client that asks for application/json only gets a ServerError whose body tells the reason", async () => {
  const client = createClient(undefined, { accept: "application/json" });
  const error = await catchError(client.query<Messages>({ query: privateQuery }));
  if (!ServerError.is(error)) throw new Error(`Not a ServerError: ${error}`);
  expect(error.statusCode).toBe(401);
  expect(JSON.parse(error.bodyText)).toMatchObject({ errors: [{ extensions: unauthenticated }] });
});
