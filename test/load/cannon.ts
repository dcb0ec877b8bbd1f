import autocannon from "autocannon";
import { toRequest } from "./request.ts";
import type { Tally } from "./tally.ts";

/** How fast, until when, and whom a caller asks. */
export interface Pace {
  readonly url: string;
  readonly perSecond: number;
  readonly until: Promise<unknown>;
}

/** Autocannon wants to know beforehand how long it has; it is stopped before. */
const longestS = 24 * 3600;

/**
 * Has autocannon ask as one caller, on one connection and at a bounded rate, and resolves when the time is over.
 * Rejects when `until` does.
 */
export async function fire(tally: Tally, { url, perSecond, until }: Pace): Promise<void> {
  const options: autocannon.Options = {
    url,
    connections: 1,
    overallRate: perSecond,
    duration: longestS,
    requests: [
      {
        setupRequest: (request) => {
          const { id, token } = tally.send();
          const { headers, ...more } = toRequest(tally.caller, token);
          return { ...request, ...more, headers: { ...headers, "x-request": id } };
        },
        onResponse: (status, body, _context, headers) =>
          tally.receive({ status, body, headers: withSmallNames(headers as Record<string, string>) }),
      },
    ],
  };
  await new Promise<void>((resolve, reject) => {
    const instance = autocannon(options, (error) => (error ? reject(error) : resolve()));
    const stop = (): void => instance.stop?.();
    until.then(stop, stop);
  });
  tally.close();
  await until;
}

function withSmallNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
