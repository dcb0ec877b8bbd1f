import { createRefusal, type Refusal, type RefusalReason } from "../errors.ts";
import type { Principal } from "./principal.ts";

/** What checking a token came to. */
export type Verification =
  | {
      readonly kind: "verified";
      readonly principal: Principal;
      /** On the monotonic clock: until when this may be believed without checking again. `exp` is not in it. */
      readonly reusableUntilMs: number;
    }
  | {
      readonly kind: "rejected";
      readonly error: Refusal;
      /** On the monotonic clock: until when this may be repeated without checking again; undefined: not at all. */
      readonly reusableUntilMs?: number;
    }
  | { readonly kind: "unavailable"; readonly error: Refusal };

/** Checks a token; never rejects on account of the token or the provider. */
export type TokenVerifier = (token: string) => Promise<Verification>;

/** The token is not good. */
export function rejected(reason: RefusalReason, reusableUntilMs?: number): Verification {
  return { kind: "rejected", error: createRefusal(reason), ...(reusableUntilMs !== undefined && { reusableUntilMs }) };
}

/** The token cannot be checked now: an outage is never the token's fault. */
export function unavailable(): Verification {
  return { kind: "unavailable", error: createRefusal("provider_unavailable") };
}
