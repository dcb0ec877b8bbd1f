import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { createExpectedRefusal, toSeenRefusal } from "./refusal.ts";

// The Flask API of Auth0's blog: `/` for anyone, `/user` for a logged-in user, `/admin` for an admin.
const apiIdentifier = "https://flask-api.example.com";

const typeDefs = `
  type Query {
    index: Greeting!
    user: Greeting @auth
    admin: Greeting @auth @requiresScope(scopes: "read:admin")
  }
  type Greeting { msg: String! }
`;
const texts = { index: "Hello world!", user: "Hello user!", admin: "Hello admin!" };
type Field = keyof typeof texts;
const resolvers = {
  Query: {
    index: () => ({ msg: texts.index }),
    user: () => ({ msg: texts.user }),
    admin: () => ({ msg: texts.admin }),
  },
};
const wanted = { requiredScopes: [["read:admin"]], scope: "read:admin" };

const clients = [
  { id: "user", secret: "user-secret", scopes: ["read:profile"] },
  { id: "admin", secret: "admin-secret", scopes: ["read:profile", "read:admin"] },
];

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider({ issuerPath: "/", audience: apiIdentifier, clients });
  server = await startServer({
    issuer: provider.issuer,
    typeDefs,
    resolvers,
    env: { AUTH_AUDIENCE: apiIdentifier, AUTH_ALGORITHMS: "RS256" },
  });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

type Caller = "nobody" | "user" | "admin";

/** What the blog's `curl -H "Authorization: bearer [ACCESS_TOKEN]"` sends, for a caller that asks for both scopes. */
async function createHeaders(caller: Caller): Promise<Record<string, string>> {
  if (caller === "nobody") return {};
  return { authorization: `bearer ${await provider.getToken(caller, { scope: "read:profile read:admin" })}` };
}

describe("the three endpoints", () => {
  test.each<[caller: Caller, field: Field]>([
    ["nobody", "index"],
    ["user", "index"],
    ["user", "user"],
    ["admin", "index"],
    ["admin", "user"],
    ["admin", "admin"],
  ])("%s may see %s", async (caller, field) => {
    const { status, body } = await server.query(`{ ${field} { msg } }`, { headers: await createHeaders(caller) });
    expect(status).toBe(200);
    expect(body).toEqual({ data: { [field]: { msg: texts[field] } } });
  });

  test.each<Field>(["user", "admin"])("%s answers 401 while the Authorization header is missing", async (field) => {
    const answer = await server.query(`{ ${field} { msg } }`);
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("authorization_header_missing", field));
  });

  test("admin answers 403 to a user whose token has no read:admin in its scope", async () => {
    const answer = await server.query("{ admin { msg } }", { headers: await createHeaders("user") });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("insufficient_scope", "admin", wanted));
  });

  test("admin answers 401, not 403, to a token that is not good, whatever its scope", async () => {
    const token = await provider.sign({ scope: "read:admin", aud: "https://another-api.example.com" });
    const answer = await server.query("{ admin { msg } }", { token });
    expect(toSeenRefusal(answer)).toEqual(createExpectedRefusal("invalid_claims", "admin"));
  });
});

describe("all three in one request", () => {
  const query = "{ index { msg } user { msg } admin { msg } }";

  test.each<[caller: Caller, refused: readonly Field[], reason: string]>([
    ["nobody", ["user", "admin"], "authorization_header_missing"],
    ["user", ["admin"], "insufficient_scope"],
    ["admin", [], ""],
  ])("%s gets all but %j", async (caller, refused, reason) => {
    const answer = await server.query(query, { headers: await createHeaders(caller) });
    const { status, errors, challenge } = toSeenRefusal(answer);
    const fields = Object.entries(texts).map(([field, msg]) => [
      field,
      refused.some((name) => name === field) ? null : { msg },
    ]);
    expect(status).toBe(200);
    expect(challenge).toBeUndefined();
    expect(answer.body.data).toEqual(Object.fromEntries(fields));
    expect(errors).toHaveLength(refused.length);
    expect(errors).toEqual(
      expect.arrayContaining(refused.map((field) => expect.objectContaining({ path: [field], reason }))),
    );
  });
});
