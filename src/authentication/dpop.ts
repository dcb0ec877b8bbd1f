import { hash } from "node:crypto";
import * as v from "valibot";
import { createRefusal, type DpopMode, type RefusalReason } from "../errors.ts";
import { parseOptions } from "../options.ts";
import { parseCredentials, type RequestHeaders, readHeader } from "./bearer.ts";
import type { Clock } from "./clock.ts";
import { toComparableUrl } from "./comparable-url.ts";
import { maxProofAgeS, parseProof, type UnverifiedProof, verifyProof } from "./dpop-proof.ts";
import type { OptionProblem } from "./issuer.ts";
import { isJsonObject } from "./json-object.ts";
import type { Logger } from "./logger.ts";
import type { Authentication, Claims } from "./principal.ts";
import { createReplayStore, type ReplayOutcome, type ReplayStore } from "./replay-store.ts";
import type { TokenAuthenticator } from "./token-cache.ts";

/** Whether and how tokens that are bound to a key are accepted (RFC 9449). */
export interface DpopOptions {
  /**
   * `off`: only Bearer tokens. `allowed`: also DPoP-bound ones, with a proof. `required`: only those.
   * A token that is bound to a key is refused without a proof of it in every mode.
   */
  readonly mode: DpopMode;
  /** Where clients reach GraphQL, which proofs must name. The request's own Host and URL are not looked at. */
  readonly url: string;
  /** Where used proofs are remembered. Default: in this process, which other processes do not see. */
  readonly replayStore?: ReplayStore | undefined;
}

/** Checks the options without any I/O: everything that is wrong with them. */
export function findDpopProblems(options: DpopOptions): readonly OptionProblem[] {
  return parseOptions(forms, options).problems;
}

const forms = {
  mode: v.picklist(["off", "allowed", "required"], "must be off, allowed or required"),
  url: v.pipe(
    v.string("must be a URL"),
    v.check((value) => toComparableUrl(value) !== undefined, "must be an http or https URL without user"),
  ),
  replayStore: v.optional(
    v.custom<ReplayStore>((value) => typeof (value as ReplayStore)?.add === "function", "must have a function add"),
  ),
};

/** What a DPoP authenticator works with. */
export interface DpopAuthenticatorOptions {
  readonly dpop: DpopOptions;
  readonly lookUp: TokenAuthenticator;
  readonly clockToleranceS: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** With the default tolerance 2800 a second, and at most 40 MiB. */
const maxProofs = 200_000;

const anonymous: Authentication = Object.freeze({ kind: "anonymous" });
const unavailable: Authentication = Object.freeze({
  kind: "unavailable",
  error: createRefusal("provider_unavailable"),
});

/**
 * Makes the function that tells who sends a request with a DPoP token and its proof. To be asked once a request: the
 * second time its proof is a replay. Asks for no nonces (RFC 9449 section 9): a proof is good for about a minute.
 */
export function createDpopAuthenticator(
  options: DpopAuthenticatorOptions,
): (request: RequestHeaders) => Promise<Authentication> {
  const { dpop, lookUp, clockToleranceS, clock, logger } = options;
  const url = toComparableUrl(dpop.url) ?? "";
  const store = dpop.replayStore ?? createReplayStore(maxProofs, clock);
  // As long as a proof could be accepted whose `iat` is as far in the future as it may be.
  const ttlMs = (maxProofAgeS + 2 * clockToleranceS) * 1000;
  let failing = false;

  async function remember(thumbprint: string, { unverifiedId }: UnverifiedProof): Promise<ReplayOutcome> {
    let outcome: ReplayOutcome;
    try {
      outcome = await store.add(hash("sha256", `${thumbprint}.${unverifiedId}`, "base64url"), ttlMs);
    } catch {
      outcome = "full";
    }
    const isFailing = outcome !== "new" && outcome !== "seen";
    // Once an outage, not once a request.
    if (isFailing && !failing) logger.error({}, "Used DPoP proofs cannot be remembered: no DPoP token is accepted.");
    failing = isFailing;
    return outcome;
  }

  return async (request) => {
    const credentials = parseCredentials(request, "DPoP");
    if (credentials.kind === "none") return anonymous;
    if (credentials.kind === "malformed") return refuse("invalid_header");
    const { token } = credentials;
    const [jwt, ...more] = readHeader(request, "dpop");
    const rules = { method: request.method, url, token, nowSeconds: clock.wallMs() / 1000, clockToleranceS };
    const proof = more.length === 0 ? parseProof(jwt, rules) : undefined;
    if (proof === undefined) return refuse("invalid_dpop_proof");

    const caller = await lookUp(credentials);
    if (caller.kind === "rejected") return refuse(caller.error.reason);
    if (caller.kind !== "authenticated") return caller;
    const thumbprint = findThumbprint(caller.principal.claims);
    if (thumbprint === undefined) return refuse("invalid_token");
    const signature = await verifyProof(proof, thumbprint);
    if (signature !== "good") return refuse(signature === "bad" ? "invalid_dpop_proof" : "invalid_token");

    // Last: only proofs that are good in all else take up room, so nobody can fill it who has no token with its key.
    switch (await remember(thumbprint, proof)) {
      case "new":
        return Object.freeze({ ...caller, scheme: "DPoP" });
      case "seen":
        return refuse("invalid_dpop_proof");
      default:
        return unavailable;
    }
  };
}

function refuse(reason: RefusalReason): Authentication {
  return Object.freeze({ kind: "rejected", error: createRefusal(reason), scheme: "DPoP" });
}

/**
 * Refuses a caller whose token is bound to a key and came without a proof of it: whoever sends it may have stolen it
 * (RFC 7800 section 3, RFC 9449 section 7.2).
 */
export function refuseBound(caller: Authentication): Authentication {
  return caller.kind === "authenticated" && isBound(caller.principal.claims) ? boundWithoutProof : caller;
}

const boundWithoutProof: Authentication = Object.freeze({ kind: "rejected", error: createRefusal("invalid_token") });

// An introspection answer may tell the type and not the key (RFC 9449 section 6.2).
function isBound({ cnf, token_type: type }: Claims): boolean {
  return cnf !== undefined || (typeof type === "string" && type.toLowerCase() === "dpop");
}

/** The only confirmation that can be checked here: with another one beside it, that would go unchecked. */
function findThumbprint({ cnf }: Claims): string | undefined {
  if (!isJsonObject(cnf) || Object.keys(cnf).length !== 1) return undefined;
  return typeof cnf["jkt"] === "string" ? cnf["jkt"] : undefined;
}
