import { SignJWT } from "jose/jwt/sign";
import type { Clock } from "./clock.ts";
import type { Issuer } from "./issuer.ts";

/** What a request to the provider holds so that it knows who we are. */
export interface ClientAuthentication {
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** How long an assertion is good, in seconds: it is made for one call. */
const assertionLifetimeS = 60;

/**
 * Makes what proves who we are, anew for each request: an assertion (`private_key_jwt`, RFC 7523 section 2.2) when
 * there is a key, else id and secret (`client_secret_basic`, RFC 6749 section 2.3.1).
 */
export function createClientAuthentication(issuer: Issuer, clock: Clock): () => Promise<ClientAuthentication> {
  const { clientKey } = issuer;
  const clientId = issuer.clientId ?? clientKey?.clientId ?? "";
  if (clientKey === undefined) {
    const headers = { Authorization: toBasic(clientId, issuer.clientSecret ?? "") };
    return async () => ({ headers });
  }
  const { key, algorithm, keyId } = clientKey;
  return async () => {
    const nowS = Math.floor(clock.wallMs() / 1000);
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg: algorithm, ...(keyId !== undefined && { kid: keyId }) })
      .setIssuer(clientId)
      .setSubject(clientId)
      // The issuer and nothing else: an endpoint's address comes from metadata, and could be another provider's.
      .setAudience(issuer.issuer)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + assertionLifetimeS)
      .setJti(crypto.randomUUID())
      .sign(key);
    return {
      form: {
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
      },
    };
  };
}

/** Credentials are form-encoded before they are joined (RFC 6749 section 2.3.1 and appendix B). */
function toBasic(clientId: string, clientSecret: string): string {
  const encode = (value: string): string => new URLSearchParams({ "": value }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString("base64")}`;
}
