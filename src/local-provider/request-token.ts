import axios from "axios";
import type { LocalClient } from "./provider.ts";

/** Which token is wanted of the local provider. */
export interface TokenRequest {
  readonly issuer: string;
  readonly client: LocalClient;
  /** Space-separated. */
  readonly scope?: string | undefined;
  readonly format?: "jwt" | "opaque" | undefined;
  readonly expiresInS?: number | undefined;
}

/** Gets an access token from the running local provider (RFC 6749 section 4.4). Rejects when it does not give one. */
export async function requestToken({ issuer, client, scope, format, expiresInS }: TokenRequest): Promise<string> {
  const form = {
    grant_type: "client_credentials",
    ...(scope && { scope }),
    ...(format && { token_format: format }),
    ...(expiresInS && { expires_in: String(expiresInS) }),
  };
  const { data } = await axios.post<{ access_token: string }>(
    `${issuer.replace(/\/$/, "")}/token`,
    new URLSearchParams(form),
    { auth: { username: client.id, password: client.secret }, proxy: false, timeout: 5000 },
  );
  return data.access_token;
}
