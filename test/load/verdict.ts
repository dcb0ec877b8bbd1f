import { isDeepStrictEqual } from "node:util";
import { type Caller, type Expected, keyNotKnown, unavailable } from "./caller.ts";

/** What came back, and when, on the monotonic clock. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/** What an answer is. `lost`: a proxy's own, because no replica gave one. */
export type Verdict = "right" | "unavailable" | "key unknown" | "wrong" | "lost";

/** A time on the monotonic clock; it goes on while it has no end. */
export interface Period {
  readonly fromMs: number;
  toMs: number;
}

/** When an answer may be another than the one right one. */
export interface Leeway {
  /** The provider is down, or has come back less than 15 s ago. */
  readonly outages: readonly Period[];
  /** A key is used that was published less than 40 s ago. */
  readonly newKeys: readonly Period[];
}

/**
 * Judges one answer: its status, all of its data, every refusal in it, and the header of the status.
 * Only what needs the provider may be unavailable, and only in an outage; only a token of a new key may be unknown.
 */
export function judge(answer: Answer, { expected, needs }: Caller, { outages, newKeys }: Leeway): Verdict {
  const during = (periods: readonly Period[]): boolean =>
    periods.some(({ fromMs, toMs }) => answer.sentAtMs <= toMs && answer.answeredAtMs >= fromMs);
  if (is(expected, answer)) return "right";
  if (needs === "provider" && during(outages) && is(unavailable, answer)) return "unavailable";
  if (needs === "new key" && during(newKeys) && is(keyNotKnown, answer)) return "key unknown";
  return [502, 504].includes(answer.status) ? "lost" : "wrong";
}

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly path?: readonly unknown[];
    readonly extensions?: { readonly code?: unknown; readonly reason?: unknown };
  }[];
}

function is(expected: Expected, { status, body, headers }: Answer): boolean {
  if (status !== expected.status) return false;
  const { data, errors = [], ...more } = parse(body);
  const refused = errors.map(({ path = [], extensions }) =>
    [path.join("."), extensions?.code, extensions?.reason].join(" "),
  );
  const isChallenged = status === 401 || status === 403;
  return (
    isDeepStrictEqual(data, expected.data) &&
    isDeepStrictEqual(refused, expected.refused) &&
    Object.keys(more).length === 0 &&
    (headers["www-authenticate"] !== undefined) === isChallenged &&
    (headers["retry-after"] !== undefined) === (status === 503)
  );
}

function parse(body: string): Body {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return { data: "not JSON" };
  }
}
