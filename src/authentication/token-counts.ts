import type { AuthenticatorState } from "./authenticator-state.ts";
import type { TokenAuthenticator } from "./token-cache.ts";
import type { TokenVerifier } from "./verification.ts";

/** Counts around a token cache, which itself knows nothing of it: look-ups before it, verifications behind it. */
export interface TokenCounts {
  readonly ofLookUps: (lookUp: TokenAuthenticator) => TokenAuthenticator;
  readonly ofVerifications: (verify: TokenVerifier) => TokenVerifier;
  readonly read: () => Pick<AuthenticatorState, "lookUps" | "verifications">;
}

/** Starts to count from zero. */
export function createTokenCounts(): TokenCounts {
  let lookUps = 0;
  let verifications = 0;
  return {
    ofLookUps: (lookUp) => (presented) => {
      lookUps += 1;
      return lookUp(presented);
    },
    ofVerifications: (verify) => (token) => {
      verifications += 1;
      return verify(token);
    },
    read: () => ({ lookUps, verifications }),
  };
}
