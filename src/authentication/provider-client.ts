import type { AxiosError, AxiosInstance } from "axios";
import { parseJsonObject } from "./json-object.ts";

/** One request to a provider. */
export interface ProviderRequest {
  readonly url: string;
  /** Sent as `application/x-www-form-urlencoded` in a POST; without it, a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The deadline, from connecting to the last byte. */
  readonly signal: AbortSignal;
}

/** What came of it. `why` is ours, for the log: no text of the provider is in it. */
export type ProviderAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly json: Readonly<Record<string, unknown>> | undefined;
      /** `Retry-After` as it came, where it did. */
      readonly retryAfter?: string | undefined;
    }
  | { readonly kind: "failed"; readonly why: string };

/** Sends a request to a provider; always resolves. Tests may pass another. */
export type ProviderClient = (request: ProviderRequest) => Promise<ProviderAnswer>;

/** The longest answer read, in bytes, after decompression. */
const maxAnswerBytes = 256 * 1024;

let loading: Promise<AxiosInstance> | undefined;

/** Loaded with the first call and not before: it is a fifth of what the start of a server takes. */
function loadClient(): Promise<AxiosInstance> {
  loading ??= import("axios").then(({ default: axios }) =>
    axios.create({
      // A redirect would carry the token and our credentials to wherever it points.
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      // HTTP_PROXY in the environment must not see tokens; nobody configured it for them.
      proxy: false,
      responseType: "arraybuffer",
      validateStatus: () => true,
      headers: { Accept: "application/json", "User-Agent": "graphql-gatehouse" },
    }),
  );
  return loading;
}

/**
 * Asks a provider over HTTP: no redirect is followed, no proxy used, no more than 256 KiB read.
 * Any status is an answer; `json` is undefined when the body is not a JSON object. Does not check the URL's scheme.
 */
export const askProvider: ProviderClient = async ({ url, form, headers, signal }) => {
  try {
    const http = await loadClient();
    const {
      status,
      data,
      headers: answered,
    } = await http.request<Uint8Array>({
      url,
      signal,
      headers: { ...headers },
      ...(form ? { method: "POST", data: new URLSearchParams(form) } : { method: "GET" }),
    });
    const retryAfter: unknown = answered["retry-after"];
    return {
      kind: "answered",
      status,
      json: parseJsonObject(data),
      ...(typeof retryAfter === "string" && { retryAfter }),
    };
  } catch (error) {
    return { kind: "failed", why: describe(error, signal) };
  }
};

// An AxiosError holds the token and the credentials: only its code leaves this file.
function describe(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "it did not answer in time";
  const { isAxiosError, code } = Object(error) as Partial<AxiosError>;
  if (isAxiosError !== true || code === undefined) return "the call failed";
  return code === "ERR_BAD_RESPONSE" ? "its answer is too long or broken off" : `the call failed (${code})`;
}
