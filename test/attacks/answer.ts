import { encode } from "../support/signer.ts";
import { introspectionEnv, keys, type Stage } from "../support/stage.ts";
import { type Attack, type AttackGroup, type Attempt, group, privateQuery, startCalls } from "./attack.ts";
import { type Outcome, outcomes } from "./outcomes.ts";

const publicMessage = { message: "The API doesn't require an access token to share this message." };
const publicQuery = "{ publicMessage { message } }";
const bothQuery = "{ publicMessage { message } privateMessage { message } }";

const adminRefused: Outcome = {
  status: 200,
  code: "FORBIDDEN",
  reason: "insufficient_scope",
  requiredScopes: [["read:admin-messages"]],
  errors: 1,
  data: { publicMessage, adminMessage: null },
};

const forged = ({ sign }: Stage): string => sign({}, {}, { ...keys.attacker, kid: keys.rsa.kid });

const ask = (
  id: string,
  title: string,
  query: string,
  toToken: ((stage: Stage) => string) | undefined,
  expected: Attack["expected"],
  lines: readonly string[] = [],
): Attack => ({
  id,
  title,
  expected,
  send: (stage) => ({
    lines: [...lines, ...(toToken ? [`Authorization: Bearer ${toToken(stage)}`] : [])],
    body: JSON.stringify({ query }),
  }),
});

const attempt = (id: string, title: string, expected: Outcome, toAttempt: (token: string) => Attempt): Attack => ({
  id,
  title,
  expected,
  send: (stage) => toAttempt(forged(stage)),
});

const withPublic = (code: string, reason: string): Outcome => ({
  status: 200,
  code,
  reason,
  errors: 1,
  data: { publicMessage, privateMessage: null },
});

const authorize = (token: string): string => `Authorization: Bearer ${token}`;

const usual = group([
  ask("ANSWER-01", "a bad token leaves public fields readable", publicQuery, forged, {
    status: 200,
    data: { publicMessage },
  }),
  ask(
    "ANSWER-02",
    "and refuses the others beside them",
    bothQuery,
    forged,
    withPublic("UNAUTHENTICATED", "invalid_token"),
  ),
  ask(
    "ANSWER-03",
    "every refused field has its error, aliases too",
    "{ a: privateMessage { message } b: adminMessage { message } }",
    forged,
    {
      ...outcomes.invalid_token,
      errors: 2,
    },
  ),
  ask(
    "ANSWER-04",
    "__typename beside a refused field is nothing granted",
    "{ __typename privateMessage { message } }",
    forged,
    "invalid_token",
  ),
  ask("ANSWER-05", "the schema's description is nothing guarded", "{ __schema { queryType { name } } }", forged, {
    status: 200,
    data: { __schema: { queryType: { name: "Query" } } },
  }),
  ask(
    "ANSWER-06",
    "a missing scope leaves the others readable",
    "{ publicMessage { message } adminMessage { message } }",
    ({ sign }) => sign(),
    adminRefused,
  ),
  ask("ANSWER-07", "in the media type of GraphQL over HTTP", privateQuery, forged, "invalid_token", [
    "Accept: application/graphql-response+json",
  ]),
  ask("ANSWER-08", "whatever Host says, the challenge names the public URL", privateQuery, forged, "invalid_token", [
    "Host: evil.example.com",
  ]),
  ask("ANSWER-09", "whatever proxies say", privateQuery, forged, "invalid_token", [
    "X-Forwarded-Host: evil.example.com",
    "X-Forwarded-Proto: https",
    "Forwarded: host=evil.example.com;proto=https",
    "X-Original-URL: /evil",
  ]),
  ask("ANSWER-10", "whatever the origin", privateQuery, forged, "invalid_token", ["Origin: https://evil.example.com"]),
  attempt("ANSWER-11", "a query that is none", { status: 400, code: "GRAPHQL_PARSE_FAILED" }, (token) => ({
    lines: [authorize(token)],
    body: JSON.stringify({ query: "{ privateMessage(" }),
  })),
  attempt(
    "ANSWER-12",
    "a token as an argument that is not in the schema",
    { status: 400, code: "GRAPHQL_VALIDATION_FAILED" },
    (token) => ({
      lines: [authorize(token)],
      body: JSON.stringify({ query: `{ privateMessage(token: "${token}") { message } }` }),
    }),
  ),
  attempt("ANSWER-13", "a body that is no JSON, with a token in it", { status: 400, code: "BAD_REQUEST" }, (token) => ({
    lines: [authorize(token)],
    body: `access_token=${token}`,
  })),
  attempt("ANSWER-14", "a token in the URL of nothing", { status: 404, code: "NOT_FOUND" }, (token) => ({
    lines: [authorize(token)],
    method: "GET",
    path: `/${encode("nothing")}?access_token=${token}`,
  })),
  attempt("ANSWER-15", "several operations at once", { status: 400, code: "BAD_REQUEST" }, (token) => ({
    lines: [authorize(token)],
    body: JSON.stringify([{ query: privateQuery }, { query: privateQuery }]),
  })),
  attempt("ANSWER-16", "TRACE, which would echo the token", { status: 405, code: "BAD_REQUEST" }, (token) => ({
    lines: [authorize(token)],
    method: "TRACE",
  })),
  {
    id: "ANSWER-90",
    title: "a GET with a good token",
    expected: "accepted",
    send: ({ sign }) => ({
      lines: ["Apollo-Require-Preflight: 1", authorize(sign())],
      method: "GET",
      path: `/graphql?query=${encodeURIComponent(privateQuery)}`,
    }),
  },
]);

const wholeRequest = group(
  [
    ask("ANSWER-20", "a bad token fails a request for public fields", publicQuery, forged, "invalid_token"),
    ask(
      "ANSWER-21",
      "and for the schema's description",
      "{ __schema { queryType { name } } }",
      forged,
      "invalid_token",
    ),
    ask(
      "ANSWER-22",
      "with one error, whatever is asked",
      "{ a: privateMessage { message } b: adminMessage { message } }",
      forged,
      "invalid_token",
    ),
    ask(
      "ANSWER-23",
      "an expired token too",
      publicQuery,
      ({ sign, nowS }) => sign({ exp: nowS - 60 }),
      "token_expired",
    ),
    ask("ANSWER-24", "a malformed header too", publicQuery, () => "a b", "invalid_header"),
    ask(
      "ANSWER-25",
      "a missing scope fails its field only",
      "{ publicMessage { message } adminMessage { message } }",
      ({ sign }) => sign(),
      adminRefused,
    ),
    ask("ANSWER-91", "no token is no bad token", publicQuery, undefined, { status: 200, data: { publicMessage } }),
    ask("ANSWER-92", "a good token", privateQuery, ({ sign }) => sign(), "accepted"),
    {
      ...ask(
        "ANSWER-26",
        "an outage fails the whole request",
        publicQuery,
        ({ sign }) => sign(),
        "provider_unavailable",
      ),
      calls: startCalls,
      on: { set: ({ answers }) => void answers.set("/jwks", {}) },
    },
  ],
  { env: { AUTH_INVALID_TOKEN: "refuse-request" } },
);

const production = group(
  [
    ask("ANSWER-30", "a bad token in production", privateQuery, forged, "invalid_token"),
    ask("ANSWER-31", "public fields beside it", bothQuery, forged, withPublic("UNAUTHENTICATED", "invalid_token")),
    {
      ...ask(
        "ANSWER-32",
        "an outage leaves public fields readable",
        bothQuery,
        ({ sign }) => sign(),
        withPublic("SERVICE_UNAVAILABLE", "provider_unavailable"),
      ),
      calls: startCalls,
      on: { set: ({ answers }) => void answers.set("/jwks", {}) },
    },
    ask("ANSWER-93", "a good token in production", privateQuery, ({ sign }) => sign(), "accepted"),
  ],
  { env: { NODE_ENV: "production", LOG_LEVEL: "trace" } },
);

const introspecting = group(
  [
    {
      ...ask(
        "ANSWER-40",
        "an outage, with introspection",
        bothQuery,
        () => "opaque-token-mark",
        withPublic("SERVICE_UNAVAILABLE", "provider_unavailable"),
      ),
      calls: { "/.well-known/openid-configuration": 1, "/introspect": 1 },
      on: { set: ({ answers }) => void answers.set("/introspect", { active: "true" }) },
    },
    {
      ...ask(
        "ANSWER-41",
        "a token that is not active",
        bothQuery,
        () => "opaque-token-mark",
        withPublic("UNAUTHENTICATED", "token_inactive"),
      ),
      calls: { "/introspect": 1 },
    },
  ],
  { env: { ...introspectionEnv, LOG_LEVEL: "trace" } },
);

export const answerAttacks: readonly AttackGroup[] = [usual, wholeRequest, production, introspecting];
