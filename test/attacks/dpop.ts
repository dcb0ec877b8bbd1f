import { hash } from "node:crypto";
import type { TokenClaims } from "../support/provider.ts";
import { sendRaw } from "../support/raw-request.ts";
import { encode, toMac } from "../support/signer.ts";
import { introspectionEnv, type Stage } from "../support/stage.ts";
import { type Attack, type AttackGroup, type Attempt, group, privateQuery } from "./attack.ts";
import {
  bad,
  badProof,
  badToken,
  bind,
  changed,
  client,
  createClient,
  prove,
  refusal,
  send,
  url,
  withToken,
} from "./dpop-attack.ts";
import { type Outcome, outcomes } from "./outcomes.ts";

const [thief, ed25519, rsa, weak] = await Promise.all([
  createClient("ES256"),
  createClient("EdDSA"),
  createClient("RS256"),
  createClient("RS256", 1024),
]);

const body = JSON.stringify({ query: privateQuery });

const allowed = group(
  [
    withToken("DPOP-01", "a bound token as Bearer", refusal("invalid_token", "invalid_token", "Bearer"), (token) => ({
      lines: [`Authorization: Bearer ${token}`],
    })),
    withToken(
      "DPOP-02",
      "a bound token as Bearer, with its proof",
      refusal("invalid_token", "invalid_token", "Bearer"),
      (token, stage) => ({
        lines: [`Authorization: Bearer ${token}`, `DPoP: ${prove(stage, token)}`],
      }),
    ),
    withToken("DPOP-03", "no proof", badProof, (token) => send(token)),
    withToken("DPOP-04", "an empty proof", badProof, (token) => send(token, "")),
    withToken("DPOP-05", "a good proof twice", badProof, (token, stage) => {
      const proof = prove(stage, token);
      return send(token, proof, proof);
    }),
    withToken("DPOP-06", "two good proofs", badProof, (token, stage) =>
      send(token, prove(stage, token), prove(stage, token)),
    ),
    withToken("DPOP-07", "two good proofs in one header", badProof, (token, stage) =>
      send(token, `${prove(stage, token)}, ${prove(stage, token)}`),
    ),
    withToken("DPOP-08", "a proof that is no JWT", badProof, (token) => send(token, "proof-mark")),
    withToken("DPOP-09", "the token as its own proof", badProof, (token) => send(token, token)),
    withToken("DPOP-10", "the proof as the token", badToken, (token, stage) => {
      const proof = prove(stage, token);
      return send(proof, prove(stage, proof));
    }),
    withToken("DPOP-11", "a proof with padding", badProof, (token, stage) => send(token, `${prove(stage, token)}==`)),
    bad("DPOP-12", "a proof of more than 8 KiB", { claims: { filler: "filler-mark".padEnd(8192, "x") } }),
    withToken("DPOP-13", "no token", refusal("invalid_header", "invalid_request"), (token, stage) => ({
      lines: ["Authorization: DPoP", `DPoP: ${prove(stage, token)}`],
    })),
    withToken("DPOP-14", "two tokens", refusal("invalid_header", "invalid_request"), (token, stage) =>
      send(`${token} ${token}`, prove(stage, token)),
    ),
    withToken("DPOP-15", "both schemes", refusal("invalid_header", "invalid_request", "Bearer"), (token, stage) => ({
      lines: [`Authorization: Bearer ${token}`, `Authorization: DPoP ${token}`, `DPoP: ${prove(stage, token)}`],
    })),

    bad("DPOP-20", "typ JWT", { header: { typ: "JWT" } }),
    bad("DPOP-21", "no typ", { header: { typ: undefined } }),
    bad("DPOP-22", "typ at+jwt", { header: { typ: "at+jwt" } }),
    withToken("DPOP-23", "algorithm none", badProof, (token, stage) => {
      const [, payload] = prove(stage, token).split(".");
      return send(token, `${encode({ typ: "dpop+jwt", alg: "none", jwk: client.jwk })}.${payload}.AAAA`);
    }),
    withToken("DPOP-24", "a MAC with the public key", badProof, (token, stage) => {
      const [, payload = ""] = prove(stage, token).split(".");
      const header = { typ: "dpop+jwt", alg: "HS256", jwk: client.jwk };
      return send(token, toMac(JSON.stringify(client.jwk), header, JSON.parse(atob(payload))));
    }),
    bad("DPOP-25", "no key", { header: { jwk: undefined } }),
    bad("DPOP-26", "a key id instead of the key", { header: { jwk: undefined, kid: client.thumbprint } }),
    bad("DPOP-27", "the private key", { header: { jwk: client.signer.privateKey.export({ format: "jwk" }) } }),
    bad("DPOP-28", "a symmetric key", { header: { jwk: { kty: "oct", k: "c2VjcmV0LW1hcms" } } }),
    bad("DPOP-29", "the owner's key, and another's signature", { prover: thief, header: { jwk: client.jwk } }),
    changed("DPOP-30", "another's key and signature", badToken, { prover: thief }),
    bad("DPOP-31", "an RSA key of 1024 bits, to which the token is bound", { owner: weak }),
    bad("DPOP-32", "a critical parameter", { header: { crit: ["exp"], exp: 1 } }),
    bad("DPOP-33", "b64: false", { header: { b64: false } }),
    bad("DPOP-34", "an algorithm that is not the key's", { header: { alg: "RS256" } }),
    withToken("DPOP-35", "another payload under a good signature", badProof, (token, stage) => {
      const [header, , signature] = prove(stage, token).split(".");
      return send(token, `${header}.${prove(stage, token).split(".")[1]}.${signature}`);
    }),

    bad("DPOP-40", "another method", { claims: { htm: "GET" } }),
    bad("DPOP-41", "the method in small letters", { claims: { htm: "post" } }),
    bad("DPOP-42", "no method", { claims: { htm: undefined } }),
    bad("DPOP-43", "another host", { claims: { htu: "http://evil.example.com/graphql" } }),
    bad("DPOP-44", "another path", { claims: { htu: "http://api.example.com/other" } }),
    bad("DPOP-45", "another scheme", { claims: { htu: "https://api.example.com/graphql" } }),
    bad("DPOP-46", "another port", { claims: { htu: "http://api.example.com:8080/graphql" } }),
    bad("DPOP-47", "a slash more", { claims: { htu: `${url}/` } }),
    bad("DPOP-48", "no URL", { claims: { htu: undefined } }),
    bad("DPOP-49", "a list with the URL", { claims: { htu: [url] } }),
    bad("DPOP-50", "a user in the URL", { claims: { htu: "http://user@api.example.com/graphql" } }),
    bad("DPOP-51", "where the server really listens", { claims: ({ server }) => ({ htu: `${server.url}/graphql` }) }),
    withToken("DPOP-52", "the host that the Host header says", badProof, (token, stage) => {
      const proof = prove(stage, token, { claims: { htu: "http://evil.example.com/graphql" } });
      const { lines } = send(token, proof);
      return { lines: [...lines, "Host: evil.example.com", "X-Forwarded-Host: evil.example.com"] };
    }),

    bad("DPOP-60", "made a moment too long ago", { claims: ({ nowS }) => ({ iat: nowS - 65.001 }) }),
    bad("DPOP-61", "made a moment too far ahead", { claims: ({ nowS }) => ({ iat: nowS + 5.001 }) }),
    bad("DPOP-62", "a text for iat", { claims: ({ nowS }) => ({ iat: String(nowS) }) }),
    bad("DPOP-63", "no iat", { claims: { iat: undefined } }),
    bad("DPOP-64", "no token's hash", { claims: { ath: undefined } }),
    bad("DPOP-65", "another token's hash", { claims: (stage) => ({ ath: hash("sha256", bind(stage), "base64url") }) }),
    bad("DPOP-66", "the token's hash in hexadecimal", {
      claims: (_, token) => ({ ath: hash("sha256", token, "hex") }),
    }),
    bad("DPOP-67", "no jti", { claims: { jti: undefined } }),
    bad("DPOP-68", "an empty jti", { claims: { jti: "" } }),
    bad("DPOP-69", "a number for jti", { claims: { jti: 7 } }),
    bad("DPOP-70", "a jti of 257 characters", { claims: { jti: "jti-mark".padEnd(257, "x") } }),
    withToken("DPOP-71", "a proof that was used", badProof, async (token, stage) => {
      const attempt = send(token, prove(stage, token));
      await sendRaw({ ...attempt, url: stage.server.url, body });
      return attempt;
    }),
    withToken("DPOP-72", "the jti of a used proof, signed anew", badProof, async (token, stage) => {
      const change = { claims: { jti: crypto.randomUUID() } };
      await sendRaw({ ...send(token, prove(stage, token, change)), url: stage.server.url, body });
      return send(token, prove(stage, token, change));
    }),

    changed("DPOP-80", "a token that is not bound", badToken, { token: { cnf: undefined } }),
    changed("DPOP-81", "a token that is bound to a certificate", badToken, {
      token: { cnf: { "x5t#S256": "thumbprint-mark" } },
    }),
    changed("DPOP-82", "a token that is bound to the key and a certificate", badToken, {
      token: { cnf: { jkt: client.thumbprint, "x5t#S256": "thumbprint-mark" } },
    }),
    changed("DPOP-83", "a token that is bound to a list with the key", badToken, {
      token: { cnf: { jkt: [client.thumbprint] } },
    }),
    changed("DPOP-84", "an expired token", refusal("token_expired", "invalid_token"), { token: { exp: 1 } }),
    changed("DPOP-85", "a token for another audience", refusal("invalid_claims", "invalid_token"), {
      token: { aud: "audience-mark" },
    }),

    changed("DPOP-A1", "a good token with its proof", "accepted"),
    changed("DPOP-A2", "with an Ed25519 key", "accepted", { owner: ed25519 }),
    changed("DPOP-A3", "with an RSA key", "accepted", { owner: rsa }),
    changed("DPOP-A4", "an equal URL in other letters, with a query", "accepted", {
      claims: { htu: "HTTP://API.example.com:80/%67raphql?query=x" },
    }),
    changed("DPOP-A5", "as old as a proof may be", "accepted", { claims: ({ nowS }) => ({ iat: nowS - 65 }) }),
    { id: "DPOP-A6", title: "an unbound token as Bearer", expected: "accepted", send: ({ sign }) => sign() },
    withToken("DPOP-A7", "in a GET, with a proof for one", "accepted", (token, stage) => ({
      lines: [...send(token, prove(stage, token, { claims: { htm: "GET" } })).lines, "Apollo-Require-Preflight: 1"],
      method: "GET",
      path: `/graphql?query=${encodeURIComponent(privateQuery)}`,
    })),
    withToken("DPOP-A8", "another client's use of the same jti", "accepted", async (token, stage) => {
      const claims = { jti: crypto.randomUUID() };
      const other = bind(stage, { owner: thief });
      await sendRaw({ ...send(other, prove(stage, other, { owner: thief, claims })), url: stage.server.url, body });
      return send(token, prove(stage, token, { claims }));
    }),
  ],
  { env: { AUTH_DPOP: "allowed" } },
);

const only = (outcome: Outcome): Outcome => ({
  ...outcome,
  challenge: String(outcome.challenge).replace(/^Bearer .*?, DPoP/, "DPoP"),
});

const required = group(
  [
    {
      id: "DPOP-90",
      title: "an unbound token as Bearer where DPoP is required",
      expected: only(badToken),
      send: ({ sign }) => sign(),
    },
    withToken("DPOP-91", "no proof there", only(badProof), (token) => send(token)),
    changed("DPOP-A9", "a good token with its proof there", "accepted"),
  ],
  { env: { AUTH_DPOP: "required" } },
);

const off = group([
  changed("DPOP-92", "a good token with its proof where DPoP is off", outcomes.authorization_header_missing),
]);

const opaque = (claims: TokenClaims, toAttempt: (token: string, stage: Stage) => Attempt): Attack["send"] => {
  return (stage) => {
    stage.provider.answers.set("/introspect", { active: true, ...stage.claims(claims) });
    return toAttempt(`opaque-token-mark-${crypto.randomUUID()}`, stage);
  };
};

const introspecting = group(
  [
    {
      id: "DPOP-93",
      title: "an opaque token as Bearer of which the provider says it is a DPoP token",
      expected: refusal("invalid_token", "invalid_token", "Bearer"),
      calls: { "/introspect": 1 },
      send: opaque({ token_type: "DPoP" }, (token) => ({ lines: [`Authorization: Bearer ${token}`] })),
    },
    {
      id: "DPOP-94",
      title: "an opaque token bound to another key",
      expected: badToken,
      calls: { "/introspect": 1 },
      send: opaque({ cnf: { jkt: thief.thumbprint } }, (token, stage) => send(token, prove(stage, token))),
    },
    {
      id: "DPOP-95",
      title: "an opaque token with a bad proof, about which nobody is asked",
      expected: badProof,
      send: opaque({ cnf: { jkt: client.thumbprint } }, (token) => send(token)),
    },
    {
      id: "DPOP-AA",
      title: "an opaque token with its proof",
      expected: "accepted",
      calls: { "/introspect": 1 },
      send: opaque({ cnf: { jkt: client.thumbprint } }, (token, stage) => send(token, prove(stage, token))),
    },
  ],
  { env: { ...introspectionEnv, AUTH_DPOP: "allowed" } },
);

export const dpopAttacks: readonly AttackGroup[] = [allowed, required, off, introspecting];
