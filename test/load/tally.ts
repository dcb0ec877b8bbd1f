import type { Caller } from "./caller.ts";
import { type Answer, judge, type Leeway, type Verdict } from "./verdict.ts";

/** What became of the requests of one caller. */
export interface Tally {
  readonly caller: Caller;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly latenciesMs: readonly number[];
  /** How many were passed on to another replica by the proxy. */
  readonly passedOn: number;
  /** Of some that went wrong: what there is to know about it. */
  readonly complaints: readonly string[];
  readonly send: () => { readonly id: string; readonly token: string | undefined };
  readonly receive: (answer: Omit<Answer, "sentAtMs" | "answeredAtMs">) => void;
  /** Whether one was under way when the time was over. */
  readonly isCutOff: boolean;
  /** To be called when the time is over. */
  readonly close: () => void;
}

const keptComplaints = 5;
/** What has waited longer when the time is over is not under way. */
const underWayMs = 5000;

/**
 * Counts what a caller is answered who waits for each answer before it asks again. Which request an answer is for, says
 * the number that the proxy puts on it. `startMs` is the time's zero.
 */
export function createTally(caller: Caller, leeway: Leeway, startMs: number): Tally {
  const counts = { right: 0, unavailable: 0, "key unknown": 0, wrong: 0, lost: 0 };
  const pending = new Map<string, number>();
  const latenciesMs: number[] = [];
  const complaints: string[] = [];
  let sent = 0;
  let isCutOff = false;
  let passedOn = 0;

  const complain = (sentAtMs: number, what: string): void => {
    if (complaints.length < keptComplaints)
      complaints.push(`at ${((sentAtMs - startMs) / 1000).toFixed(2)} s: ${what}`);
  };

  const lose = (): void => {
    for (const sentAtMs of pending.values()) {
      counts.lost += 1;
      complain(sentAtMs, "lost: no answer at all");
    }
    pending.clear();
  };

  return {
    caller,
    counts,
    latenciesMs,
    complaints,
    get passedOn() {
      return passedOn;
    },
    get isCutOff() {
      return isCutOff;
    },
    send: () => {
      lose();
      sent += 1;
      const token = caller.readToken?.();
      pending.set(String(sent), performance.now());
      return { id: String(sent), token };
    },
    receive: (answer) => {
      const answeredAtMs = performance.now();
      const sentAtMs = pending.get(answer.headers["x-request"] ?? "");
      if (sentAtMs === undefined || !pending.delete(answer.headers["x-request"] ?? "")) {
        counts.wrong += 1;
        complain(answeredAtMs, `an answer to no request: ${answer.status} ${answer.body.slice(0, 200)}`);
        return;
      }
      const verdict = judge({ ...answer, sentAtMs, answeredAtMs }, caller, leeway);
      counts[verdict] += 1;
      latenciesMs.push(answeredAtMs - sentAtMs);
      const upstream = answer.headers["x-upstream"] ?? "";
      if (upstream.includes(",")) passedOn += 1;
      if (verdict === "wrong" || verdict === "lost") {
        const by = `${upstream} (${answer.headers["x-upstream-status"]})`;
        complain(
          sentAtMs,
          `${verdict}, from ${by}: ${answer.status} ${answer.body.replaceAll(/\s+/g, " ").slice(0, 200)}`,
        );
      }
    },
    close: () => {
      for (const [id, sentAtMs] of pending) isCutOff = performance.now() - sentAtMs < underWayMs && pending.delete(id);
      lose();
    },
  };
}
