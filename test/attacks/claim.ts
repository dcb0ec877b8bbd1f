import { audience, type TokenClaims } from "../support/provider.ts";
import { toCompactForm } from "../support/signer.ts";
import { keys, type Stage } from "../support/stage.ts";
import { type Attack, type AttackGroup, group } from "./attack.ts";

type Claims = TokenClaims | ((stage: Stage) => TokenClaims);

/** A token that is good but for these claims. */
const withClaims =
  (claims: Claims): Attack["send"] =>
  (stage) =>
    stage.sign(typeof claims === "function" ? claims(stage) : claims);

const cases =
  (expected: Attack["expected"]) =>
  (id: string, title: string, claims: Claims): Attack => ({ id, title, expected, send: withClaims(claims) });

const invalid = cases("invalid_claims");
const notForUs = cases("invalid_token");
const expired = cases("token_expired");
const accepted = cases("accepted");

/** With `exp` as text in the JSON: what no JavaScript value would be written as. */
const withExpiry =
  (text: string): Attack["send"] =>
  ({ claims }) =>
    toCompactForm(
      keys.rsa,
      { alg: "RS256", typ: "at+jwt", kid: keys.rsa.kid },
      JSON.stringify(claims({ exp: "@" })).replace('"@"', text),
    );

const usual = group([
  invalid("CLAIM-01", "no issuer", { iss: undefined }),
  invalid("CLAIM-02", "another issuer", { iss: "https://issuer-mark.example.com" }),
  invalid("CLAIM-03", "the issuer with a slash more", ({ provider }) => ({ iss: `${provider.issuer}/` })),
  invalid("CLAIM-04", "the issuer in capitals", ({ provider }) => ({ iss: provider.issuer.toUpperCase() })),
  invalid("CLAIM-05", "the issuer with a path", ({ provider }) => ({ iss: `${provider.issuer}/tenant-mark` })),
  invalid("CLAIM-06", "the issuer with a space", ({ provider }) => ({ iss: `${provider.issuer} ` })),
  invalid("CLAIM-07", "the issuer under another name of its host", ({ provider }) => ({
    iss: provider.issuer.replace("127.0.0.1", "localhost"),
  })),
  invalid("CLAIM-08", "a list with the issuer in it", ({ provider }) => ({ iss: [provider.issuer] })),
  invalid("CLAIM-09", "null for an issuer", { iss: null }),
  invalid("CLAIM-10", "an object for an issuer", ({ provider }) => ({ iss: { toString: provider.issuer } })),

  invalid("CLAIM-20", "no audience", { aud: undefined }),
  invalid("CLAIM-21", "another audience", { aud: "https://audience-mark.example.com" }),
  invalid("CLAIM-22", "other audiences", { aud: ["https://audience-mark.example.com", "audience-mark"] }),
  invalid("CLAIM-23", "an empty list of audiences", { aud: [] }),
  invalid("CLAIM-24", "an empty audience", { aud: "" }),
  invalid("CLAIM-25", "null for an audience", { aud: null }),
  invalid("CLAIM-26", "a number for an audience", { aud: 7 }),
  invalid("CLAIM-27", "an object with the audience as a key", { aud: { [audience]: true } }),
  invalid("CLAIM-28", "the audience among what is no text", { aud: [audience, 7] }),
  invalid("CLAIM-29", "the audience in a list in a list", { aud: [[audience]] }),
  invalid("CLAIM-30", "the audience with a slash more", { aud: `${audience}/` }),
  invalid("CLAIM-31", "the audience in capitals", { aud: audience.toUpperCase() }),
  invalid("CLAIM-32", "the start of the audience", { aud: audience.slice(0, -1) }),
  invalid("CLAIM-33", "the audience among others in one text", { aud: `${audience} audience-mark` }),
  invalid("CLAIM-34", "the client that it was issued to, as an ID token has it", { aud: "client-mark" }),

  invalid("CLAIM-40", "no expiry", { exp: undefined }),
  invalid("CLAIM-41", "null for an expiry", { exp: null }),
  invalid("CLAIM-42", "a text for an expiry", ({ nowS }) => ({ exp: String(nowS + 3600) })),
  invalid("CLAIM-43", "a list for an expiry", ({ nowS }) => ({ exp: [nowS + 3600] })),
  invalid("CLAIM-44", "true for an expiry", { exp: true }),
  { id: "CLAIM-45", title: "an infinite expiry", expected: "invalid_claims", send: withExpiry("1e400") },
  { id: "CLAIM-46", title: "NaN for an expiry", expected: "invalid_token", send: withExpiry("NaN") },
  expired("CLAIM-47", "an expiry an hour ago", ({ nowS }) => ({ exp: nowS - 3600 })),
  expired("CLAIM-48", "an expiry as long ago as clocks may differ", ({ nowS }) => ({ exp: nowS - 5 })),
  expired("CLAIM-49", "an expiry at the start of time", { exp: 0 }),
  expired("CLAIM-50", "an expiry before the start of time", { exp: -1 }),
  { id: "CLAIM-51", title: "minus infinity for an expiry", expected: "invalid_claims", send: withExpiry("-1e400") },
  invalid("CLAIM-52", "expired, and for another audience", ({ nowS }) => ({ exp: nowS - 3600, aud: "audience-mark" })),
  invalid("CLAIM-53", "expired, and of another issuer", ({ nowS }) => ({ exp: nowS - 3600, iss: "issuer-mark" })),

  invalid("CLAIM-60", "not before a minute from now", ({ nowS }) => ({ nbf: nowS + 60 })),
  invalid("CLAIM-61", "not before a moment longer than clocks may differ", ({ nowS }) => ({ nbf: nowS + 5.001 })),
  invalid("CLAIM-62", "a text for nbf", { nbf: "0" }),
  invalid("CLAIM-63", "null for nbf", { nbf: null }),
  invalid("CLAIM-64", "issued a minute from now", ({ nowS }) => ({ iat: nowS + 60 })),
  invalid("CLAIM-65", "a text for iat", { iat: "0" }),
  invalid("CLAIM-66", "a list for iat", { iat: [0] }),

  invalid("CLAIM-70", "an empty subject", { sub: "" }),
  invalid("CLAIM-71", "a number for a subject", { sub: 7 }),
  invalid("CLAIM-72", "null for a subject", { sub: null }),
  invalid("CLAIM-73", "a list for a subject", { sub: ["subject-mark"] }),
  invalid("CLAIM-74", "a subject of more than 1 KiB", { sub: "subject-mark-".padEnd(1025, "x") }),
  invalid("CLAIM-75", "a subject of fewer characters, and more than 1 KiB", { sub: "subject-mark-".padEnd(600, "ÿ") }),
  invalid("CLAIM-76", "a number for client_id", { client_id: 7 }),
  invalid("CLAIM-77", "a list for client_id", { client_id: ["client-mark"] }),
  invalid("CLAIM-78", "a number for azp", { azp: 7 }),
  invalid("CLAIM-79", "an object for azp", { azp: {} }),

  notForUs("CLAIM-80", "bound to a key (RFC 9449)", { cnf: { jkt: "thumbprint-mark" } }),
  notForUs("CLAIM-81", "bound to a certificate (RFC 8705)", { cnf: { "x5t#S256": "thumbprint-mark" } }),
  notForUs("CLAIM-82", "bound to nothing that is known", { cnf: {} }),
  notForUs("CLAIM-83", "bound to what is no object", { cnf: "thumbprint-mark" }),
  notForUs("CLAIM-84", "an ID token by its nonce", { nonce: "nonce-mark" }),
  notForUs("CLAIM-85", "an ID token by its at_hash", { at_hash: "hash-mark" }),
  notForUs("CLAIM-86", "an ID token by its c_hash", { c_hash: "hash-mark" }),
  notForUs("CLAIM-87", "an ID token by its s_hash", { s_hash: "hash-mark" }),
  notForUs("CLAIM-88", "an ID token by an empty nonce", { nonce: null }),
  notForUs("CLAIM-89", "a logout token", { events: { "http://schemas.openid.net/event/backchannel-logout": {} } }),
  notForUs("CLAIM-90", "an ID token as Keycloak names it", { typ: "ID" }),
  notForUs("CLAIM-91", "a refresh token as Keycloak names it", { typ: "Refresh" }),
  notForUs("CLAIM-92", "an offline token as Keycloak names it", { typ: "Offline" }),
  notForUs("CLAIM-93", "an ID token as Cognito names it", { token_use: "id" }),
  notForUs("CLAIM-94", "a refresh token by its token_use", { token_use: "refresh" }),

  accepted("CLAIM-A1", "the audience among others", { aud: ["audience-mark", audience] }),
  accepted("CLAIM-A2", "an expiry a moment shorter ago than clocks may differ", ({ nowS }) => ({ exp: nowS - 4.999 })),
  accepted("CLAIM-A3", "a broken number for an expiry", ({ nowS }) => ({ exp: nowS + 0.5 })),
  accepted("CLAIM-A4", "a start as far ahead as clocks may differ", ({ nowS }) => ({ nbf: nowS + 5, iat: nowS + 5 })),
  accepted("CLAIM-A5", "no subject, no client, no times but the expiry", {
    sub: undefined,
    client_id: undefined,
    iat: undefined,
    jti: undefined,
  }),
  accepted("CLAIM-A6", "a subject of 1 KiB", { sub: "subject-mark-".padEnd(1024, "x") }),
  accepted("CLAIM-A7", "a bearer token as Keycloak names it", { typ: "Bearer" }),
  accepted("CLAIM-A8", "an access token as Cognito names it", { token_use: "access" }),
]);

export const claimAttacks: readonly AttackGroup[] = [usual];
