import autocannon from "autocannon";
import { toRequest } from "./request.ts";
import type { Tally } from "./tally.ts";

/** How fast, for how long, and whom a caller asks. */
export interface Pace {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Has autocannon ask as one caller, on one connection and at a bounded rate, and resolves when the time is over. */
export async function fire(tally: Tally, { url, perSecond, seconds }: Pace): Promise<void> {
  await autocannon({
    url,
    connections: 1,
    overallRate: perSecond,
    duration: seconds,
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
  });
  tally.close();
}

function withSmallNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
