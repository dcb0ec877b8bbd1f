import type { CircuitStateName } from "./circuit.ts";

/** How an authenticator is doing, as plain values. Holds nothing of a token. */
export interface AuthenticatorState {
  /** How often a token was looked up since the start, and how often that took a verification of its own. */
  readonly lookUps: number;
  readonly verifications: number;
  readonly issuers: readonly IssuerState[];
}

/** How it is with the provider of one issuer. */
export interface IssuerState {
  readonly issuer: string;
  /** Whether the provider is asked about tokens; undefined where it never is. */
  readonly circuit?: CircuitStateName | undefined;
  /** How old its keys are, in milliseconds; undefined before there are any, and where none are needed. */
  readonly keySetAgeMs?: number | undefined;
}
