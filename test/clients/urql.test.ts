import {
  Client,
  type ClientOptions,
  CombinedError,
  fetchExchange,
  type OperationResult,
  type TypedDocumentNode,
} from "@urql/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AdminDocument, MixedDocument, PrivateDocument, PublicDocument } from "../generated/graphql.ts";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";

const publicText = "The API doesn't require an access token to share this message.";

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

/** How urql may be set up to reach a server that asks GET requests for a header. */
const setups = [
  { setup: "POST (preferGetMethod: false)", options: { preferGetMethod: false }, headers: {} },
  { setup: "its default GET and the CSRF header", options: {}, headers: { "apollo-require-preflight": "true" } },
] satisfies readonly { setup: string; options: Partial<ClientOptions>; headers: Record<string, string> }[];

function createClient(headers: Readonly<Record<string, string>>, options: Partial<ClientOptions> = {}): Client {
  return new Client({
    url: `${server.url}/graphql`,
    exchanges: [fetchExchange],
    fetchOptions: { headers },
    ...options,
  });
}

/** What an application sees of an error: the library's two places for it, and the HTTP status. */
function describeError({ error }: OperationResult): unknown {
  if (error === undefined) return undefined;
  expect(error).toBeInstanceOf(CombinedError);
  return {
    graphQLErrors: error.graphQLErrors.map(({ path, extensions }) => ({ path, extensions })),
    networkError: error.networkError,
    status: error.response?.status,
  };
}

describe.each(setups)("urql over $setup", ({ options, headers }) => {
  const query = async <Data>(
    document: TypedDocumentNode<Data, Record<string, never>>,
    token?: string,
  ): Promise<OperationResult<Data>> =>
    createClient({ ...headers, ...(token && { authorization: `Bearer ${token}` }) }, options)
      .query(document, {})
      .toPromise();

  test("reads the public message without a token", async () => {
    const { data, error } = await query(PublicDocument);
    expect(error).toBeUndefined();
    expect(data).toEqual({ publicMessage: { message: publicText } });
  });

  test("reads the private message with a token", async () => {
    const { data, error } = await query(PrivateDocument, memberToken);
    expect(error).toBeUndefined();
    expect(data).toEqual({ privateMessage: { message: "The API successfully validated your access token." } });
  });

  test("reads the admin message with a token that grants its scope", async () => {
    const { data, error } = await query(
      AdminDocument,
      await provider.getToken("admin", { scope: "read:admin-messages" }),
    );
    expect(error).toBeUndefined();
    expect(data).toEqual({ adminMessage: { message: "The API successfully recognized you as an admin." } });
  });

  test("finds code and reason of a missing token in graphQLErrors, and the status in response", async () => {
    const result = await query(PrivateDocument);
    expect(result.data).toBeUndefined();
    expect(describeError(result)).toEqual({
      graphQLErrors: [
        { path: ["privateMessage"], extensions: { code: "UNAUTHENTICATED", reason: "authorization_header_missing" } },
      ],
      networkError: undefined,
      status: 401,
    });
  });

  test("finds the missing scopes in graphQLErrors, and the status in response", async () => {
    const result = await query(AdminDocument, memberToken);
    expect(result.data).toBeUndefined();
    expect(describeError(result)).toEqual({
      graphQLErrors: [
        {
          path: ["adminMessage"],
          extensions: {
            code: "FORBIDDEN",
            reason: "insufficient_scope",
            requiredScopes: [["read:admin-messages"]],
          },
        },
      ],
      networkError: undefined,
      status: 403,
    });
  });

  test("sees partial data beside the error of the refused field", async () => {
    const result = await query(MixedDocument, memberToken);
    expect(result.data).toEqual({ publicMessage: { message: publicText }, boss: null });
    expect(describeError(result)).toMatchObject({
      graphQLErrors: [{ path: ["boss"], extensions: { code: "FORBIDDEN" } }],
      networkError: undefined,
      status: 200,
    });
  });
});

test("urql's default GET without the CSRF header is refused in words that name the header", async () => {
  const result = await createClient({}).query(PublicDocument, {}).toPromise();
  expect(result.data).toBeUndefined();
  expect(result.error?.response?.status).toBe(400);
  expect(result.error?.graphQLErrors[0]?.message).toContain("apollo-require-preflight");
});
