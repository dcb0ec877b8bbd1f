import { audience, type TokenClaims } from "../support/provider.ts";
import { respondWith, type Script } from "../support/scripted-provider.ts";
import { toCompactForm } from "../support/signer.ts";
import { introspectionEnv, keys, providerWords, type Stage } from "../support/stage.ts";
import { type Attack, type AttackGroup, group } from "./attack.ts";

const calls = { "/.well-known/openid-configuration": 1, "/introspect": 1 };

const opaque = (): string => `opaque-token-mark-${crypto.randomUUID()}`;

/** What the provider answers about a token, and what must come of it. */
const answering = (
  id: string,
  title: string,
  introspect: Script,
  expected: Attack["expected"],
  rest: Partial<Attack> = {},
): Attack => ({
  id,
  title,
  expected,
  send: opaque,
  calls,
  on: { set: ({ answers }) => void answers.set("/introspect", introspect) },
  ...rest,
});

/** An active answer with claims over those of a good token. The clock of the stage is not the system's. */
const active = (
  id: string,
  title: string,
  toClaims: TokenClaims | ((stage: Stage) => TokenClaims),
  expected: Attack["expected"],
): Attack => ({
  id,
  title,
  expected,
  send: (stage) => {
    const claims = typeof toClaims === "function" ? toClaims(stage) : toClaims;
    stage.provider.answers.set("/introspect", { active: true, ...stage.claims(claims) });
    return opaque();
  },
  calls: { "/introspect": 1 },
});

const outage = (id: string, title: string, script: Script, rest: Partial<Attack> = {}): Attack =>
  answering(id, title, script, "provider_unavailable", {
    logged: /The provider cannot be asked about tokens/,
    ...rest,
  });

const good = { active: true, aud: audience, sub: "subject-mark" };
const urn = "urn:ietf:params:oauth:token-type";

const usual = group(
  [
    active("INTRO-01", "not active, with everything a good token has", { active: false }, "token_inactive"),
    active("INTRO-02", "an expiry an hour ago", ({ nowS }) => ({ exp: nowS - 3600 }), "token_expired"),
    active("INTRO-03", "a text for an expiry", ({ nowS }) => ({ exp: String(nowS + 3600) }), "invalid_claims"),
    active("INTRO-04", "not before a minute from now", ({ nowS }) => ({ nbf: nowS + 60 }), "invalid_claims"),
    active("INTRO-05", "issued a minute from now", ({ nowS }) => ({ iat: nowS + 60 }), "invalid_claims"),
    active("INTRO-06", "another issuer", { iss: "https://issuer-mark.example.com" }, "invalid_claims"),
    active("INTRO-07", "a list with the issuer", ({ provider }) => ({ iss: [provider.issuer] }), "invalid_claims"),
    active("INTRO-08", "another audience", { aud: "audience-mark" }, "invalid_claims"),
    active("INTRO-09", "no audience, where one is configured", { aud: undefined }, "invalid_claims"),
    active("INTRO-10", "null for an audience", { aud: null }, "invalid_claims"),
    active("INTRO-11", "the audience among what is no text", { aud: [audience, 7] }, "invalid_claims"),
    active("INTRO-12", "a number for a subject", { sub: 7 }, "invalid_claims"),
    active("INTRO-13", "an empty subject", { sub: "" }, "invalid_claims"),
    active("INTRO-14", "a subject of more than 1 KiB", { sub: "subject-mark-".padEnd(1025, "x") }, "invalid_claims"),
    active("INTRO-15", "a number for client_id", { client_id: 7 }, "invalid_claims"),
    active("INTRO-16", "bound to a key", { cnf: { jkt: "thumbprint-mark" } }, "invalid_token"),
    active("INTRO-17", "an ID token", { token_type: "id_token" }, "invalid_token"),
    active("INTRO-18", "a refresh token", { token_type: "refresh_token" }, "invalid_token"),
    active("INTRO-19", "a refresh token, in other letters", { token_type: "Refresh" }, "invalid_token"),
    active("INTRO-20", "an ID token by its URN", { token_type: `${urn}:id_token` }, "invalid_token"),
    active("INTRO-21", "a refresh token by its URN", { token_type: `${urn}:refresh_token` }, "invalid_token"),

    active("INTRO-90", "a good token", {}, "accepted"),
    active("INTRO-91", "a good token, with its type", { token_type: "Bearer" }, "accepted"),
    active("INTRO-92", "an access token by its URN", { token_type: `${urn}:access_token` }, "accepted"),
    active("INTRO-93", "nothing but an audience", { iss: undefined, exp: undefined, sub: undefined }, "accepted"),
    active("INTRO-94", "null for what the provider does not have", { iss: null, exp: null, cnf: null }, "accepted"),
    {
      id: "INTRO-95",
      title: "a JWT, which is asked about like any other token",
      expected: "accepted",
      send: (stage) => {
        stage.provider.answers.set("/introspect", { active: true, ...stage.claims() });
        return toCompactForm(keys.attacker, { alg: "RS256", kid: "kid-mark" }, stage.claims());
      },
      calls: { "/introspect": 1 },
    },
    {
      id: "INTRO-22",
      title: "a malformed header, about which nobody is asked",
      expected: "invalid_header",
      send: () => ({ lines: [`Authorization: Bearer ${opaque()} ${opaque()}`] }),
    },
    {
      id: "INTRO-23",
      title: "a token of more than 8 KiB, about which nobody is asked",
      expected: "invalid_header",
      send: () => opaque().padEnd(8193, "x"),
    },
    {
      id: "INTRO-24",
      title: "a missing scope",
      expected: "insufficient_scope",
      send: (stage) => {
        const claims = stage.claims({ scope: "x\tread:admin-messages", roles: ["read:admin-messages"] });
        stage.provider.answers.set("/introspect", { active: true, ...claims });
        const body = JSON.stringify({ query: "{ adminMessage { message } }" });
        return { lines: [`Authorization: Bearer ${opaque()}`], body };
      },
      calls: { "/introspect": 1 },
    },

    // Not an answer about the token: an outage, and never the token's fault.
    outage("INTRO-40", "active in quotes", { ...good, active: "true" }),
    outage("INTRO-41", "1 for active", { ...good, active: 1 }),
    outage("INTRO-42", "null for active", { ...good, active: null }),
    outage("INTRO-43", "an object for active", { ...good, active: {} }),
    outage("INTRO-44", "no active", { aud: audience, sub: "subject-mark" }),
    outage("INTRO-45", "Active in a capital", { ...good, active: undefined, Active: true }),
    outage("INTRO-46", "a list", [good]),
    outage("INTRO-47", "a text", respondWith(200, '"active"')),
    outage("INTRO-48", "true", respondWith(200, "true")),
    outage("INTRO-49", "nothing", respondWith(200, "")),
    outage(
      "INTRO-50",
      "a web page",
      respondWith(200, `<html>${providerWords}</html>`, { "content-type": "text/html" }),
    ),
    outage("INTRO-51", "a form", respondWith(200, "active=true")),
    outage("INTRO-52", "something behind the answer", respondWith(200, `${JSON.stringify(good)}x`)),
    outage("INTRO-53", "bytes that are not UTF-8", (response) => {
      response.end(Buffer.from(JSON.stringify({ ...good, username: "subject-mark-ÿ" }), "latin1"));
    }),
    outage("INTRO-54", "a signed answer, which was not asked for", (response) => {
      response.writeHead(200, { "content-type": "application/token-introspection+jwt" });
      response.end(
        toCompactForm(keys.rsa, { alg: "RS256", typ: "token-introspection+jwt" }, { token_introspection: good }),
      );
    }),
    outage("INTRO-55", "more than 256 KiB", { ...good, filler: "x".repeat(256 * 1024) }),
    outage("INTRO-56", "half an answer", (response) => {
      response.writeHead(200, { "content-length": 10_000 }).write('{"active":true,');
      setImmediate(() => response.destroy());
    }),
    outage("INTRO-57", "a connection that is cut", (response) => response.destroy()),
    ...[201, 204, 301, 302, 303, 307, 308, 401, 403, 404, 405, 429, 500, 502, 503].map((status, index) =>
      outage(
        `INTRO-${60 + index}`,
        `a good answer under status ${status}`,
        respondWith(status, status === 204 ? "" : { ...good, error_description: providerWords }, {
          location: "/elsewhere",
        }),
      ),
    ),
    outage("INTRO-80", "an answer that never comes", () => {}, {
      on: {
        env: { ...introspectionEnv, AUTH_TIMEOUT_MS: "150" },
        set: ({ answers }) => void answers.set("/introspect", () => {}),
      },
    }),
    answering(
      "INTRO-81",
      "status 400: the token's fault",
      respondWith(400, { error: "invalid_request", error_description: providerWords }),
      "invalid_token",
    ),
    answering(
      "INTRO-82",
      "our own words and the token in the answer's error",
      (response, body, { headers }) => {
        response.writeHead(500).end(JSON.stringify({ error: `${providerWords} ${body} ${headers.authorization}` }));
      },
      "provider_unavailable",
    ),
    {
      id: "INTRO-83",
      title: "an introspection endpoint that is not https",
      expected: "provider_unavailable",
      send: opaque,
      calls: { "/.well-known/openid-configuration": 1 },
      logged: /cannot be found/,
      on: {
        set: ({ issuer, answers }) => {
          const introspection_endpoint = "http://introspection.example.com/";
          answers.set("/.well-known/openid-configuration", { issuer, introspection_endpoint });
        },
      },
    },
  ],
  { env: introspectionEnv },
);

export const introspectionAttacks: readonly AttackGroup[] = [usual];
