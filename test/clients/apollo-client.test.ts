import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError } from "@apollo/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AdminDocument, MixedDocument, PrivateDocument, PublicDocument } from "../generated/graphql.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";

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
  const { data, error } = await createClient().query({ query: PublicDocument });
  expect(error).toBeUndefined();
  expect(data?.publicMessage).toMatchObject({ message: publicText });
});

test("Apollo Client reads the private message with a token", async () => {
  const { data, error } = await createClient(memberToken).query({ query: PrivateDocument });
  expect(error).toBeUndefined();
  expect(data?.privateMessage).toMatchObject({ message: "The API successfully validated your access token." });
});

test("Apollo Client reads the admin message with a token that grants its scope", async () => {
  const token = await provider.getToken("admin", { scope: "read:admin-messages" });
  const { data, error } = await createClient(token).query({ query: AdminDocument });
  expect(error).toBeUndefined();
  expect(data?.adminMessage).toMatchObject({ message: "The API successfully recognized you as an admin." });
});

describe.each([
  {
    refusal: "no token",
    query: PrivateDocument,
    field: "privateMessage",
    send: (): string | undefined => undefined,
    extensions: unauthenticated,
  },
  {
    refusal: "a missing scope",
    query: AdminDocument,
    field: "adminMessage",
    send: (): string | undefined => memberToken,
    extensions: forbidden,
  },
])("a query that is refused on account of $refusal", ({ query, field, send, extensions }) => {
  test("rejects by default with CombinedGraphQLErrors that tell code and reason", async () => {
    const error = await catchError(createClient(send()).query({ query }));
    assertCombined(error);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: [field], extensions });
    expect(error.data).toBeUndefined();
  });

  test("resolves under errorPolicy all to the same error, without data", async () => {
    const { data, error } = await createClient(send()).query({ query, errorPolicy: "all" });
    assertCombined(error);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: [field], extensions });
    expect(data).toBeUndefined();
  });
});

describe("a query that is granted in part", () => {
  test("rejects by default, and the error holds what was granted", async () => {
    const error = await catchError(createClient(memberToken).query({ query: MixedDocument }));
    assertCombined(error);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: ["boss"], extensions: forbidden });
    expect(error.data).toMatchObject({ publicMessage: { message: publicText }, boss: null });
  });

  test("resolves under errorPolicy all to partial data beside the error", async () => {
    const { data, error } = await createClient(memberToken).query({ query: MixedDocument, errorPolicy: "all" });
    assertCombined(error);
    expect(error.errors).toHaveLength(1);
    expect(error.errors[0]).toMatchObject({ path: ["boss"], extensions: forbidden });
    expect(data).toMatchObject({ publicMessage: { message: publicText }, boss: null });
  });
});

// Apollo Client does not look for errors in application/json that comes with another status than 200.
test("Apollo Client that asks for application/json only gets a ServerError whose body tells the reason", async () => {
  const client = createClient(undefined, { accept: "application/json" });
  const error = await catchError(client.query({ query: PrivateDocument }));
  if (!ServerError.is(error)) throw new Error(`Not a ServerError: ${error}`);
  expect(error.statusCode).toBe(401);
  expect(JSON.parse(error.bodyText)).toMatchObject({ errors: [{ extensions: unauthenticated }] });
});
