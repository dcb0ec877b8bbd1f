import { hash } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import type { TokenClaims } from "../support/provider.ts";
import { createSigner, type Signer, toCompactForm } from "../support/signer.ts";
import type { Stage } from "../support/stage.ts";
import type { Attack, Attempt } from "./attack.ts";
import type { Outcome } from "./outcomes.ts";

export const url = "http://api.example.com/graphql";
const metadata = 'resource_metadata="http://api.example.com/.well-known/oauth-protected-resource"';
const algs = 'algs="ES256 ES384 ES512 EdDSA Ed25519 PS256 PS384 PS512 RS256 RS384 RS512"';

/** A challenge for each scheme; the one that was used says what is wrong. */
function challenge(scheme: "Bearer" | "DPoP", error: string): string {
  const of = (name: string): string => (name === scheme ? ` error="${error}",` : "");
  return `Bearer realm="graphql",${of("Bearer")} ${metadata}, DPoP realm="graphql",${of("DPoP")} ${algs}, ${metadata}`;
}

export const refusal = (reason: string, error: string, scheme: "Bearer" | "DPoP" = "DPoP"): Outcome => ({
  status: 401,
  code: "UNAUTHENTICATED",
  reason,
  challenge: challenge(scheme, error),
});
export const badProof: Outcome = refusal("invalid_dpop_proof", "invalid_dpop_proof");
export const badToken: Outcome = refusal("invalid_token", "invalid_token");

/** A client with a key, to whom tokens are bound. */
export interface Client {
  readonly signer: Signer;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

export async function createClient(alg: string, bits?: number): Promise<Client> {
  const signer = createSigner(alg, "kid-mark-client", bits === undefined ? {} : { modulusLength: bits });
  const { kid, alg: _, use, ...jwk } = signer.publicJwk;
  return { signer, jwk: jwk as JWK, thumbprint: await calculateJwkThumbprint(jwk as JWK) };
}

/** The client to whom tokens are bound unless a case says otherwise. */
export const client: Client = await createClient("ES256");

/** How a case differs from a good token with a good proof. */
export interface Change {
  /** Whom the token is bound to; by default the same client always. */
  readonly owner?: Client;
  /** Who makes the proof; by default the owner. */
  readonly prover?: Client;
  readonly token?: TokenClaims;
  readonly claims?: TokenClaims | ((stage: Stage, token: string) => TokenClaims);
  readonly header?: TokenClaims;
}

export const bind = ({ sign }: Stage, { owner = client, token = {} }: Change = {}): string =>
  sign({ cnf: { jkt: owner.thumbprint }, ...token });

export function prove(
  stage: Stage,
  token: string,
  { owner = client, prover = owner, claims, header }: Change = {},
): string {
  const changes = typeof claims === "function" ? claims(stage, token) : claims;
  const ath = hash("sha256", token, "base64url");
  const said = { jti: crypto.randomUUID(), htm: "POST", htu: url, iat: stage.nowS, ath, ...changes };
  return toCompactForm(prover.signer, { typ: "dpop+jwt", alg: prover.signer.alg, jwk: prover.jwk, ...header }, said);
}

export const send = (token: string, ...proofs: string[]): Attempt => ({
  lines: [`Authorization: DPoP ${token}`, ...proofs.map((proof) => `DPoP: ${proof}`)],
});

/** A bound token and its proof, good but for this. */
export const changed = (id: string, title: string, expected: Attack["expected"], change: Change = {}): Attack => ({
  id,
  title,
  expected,
  send: (stage) => {
    const token = bind(stage, change);
    return send(token, prove(stage, token, change));
  },
});

export const bad = (id: string, title: string, change: Change): Attack => changed(id, title, badProof, change);

/** A bound token, and whatever is sent with it. */
export const withToken = (
  id: string,
  title: string,
  expected: Attack["expected"],
  toAttempt: (token: string, stage: Stage) => Attempt | Promise<Attempt>,
): Attack => ({ id, title, expected, send: (stage) => toAttempt(bind(stage), stage) });
