import { setTimeout as sleep } from "node:timers/promises";
import type { Caller } from "./caller.ts";
import { toRequest } from "./request.ts";
import type { Fleet } from "./site.ts";
import { judge } from "./verdict.ts";

const noLeeway = { outages: [], newKeys: [] };

/** Asks each replica of a fleet as a caller, past nginx, until it gives the right answer; rejects when it never does. */
export async function askDirectly({ method, replicaUrls }: Fleet, caller: Caller, withinMs = 0): Promise<void> {
  const until = performance.now() + withinMs;
  for (const url of replicaUrls) {
    while (true) {
      const { path, ...request } = toRequest(caller, caller.readToken?.());
      const sentAtMs = performance.now();
      const response = await fetch(`${url}${path}`, request);
      const { status } = response;
      const headers = Object.fromEntries(response.headers);
      const answeredAtMs = performance.now();
      const answer = { status, headers, body: await response.text(), sentAtMs, answeredAtMs };
      if (judge(answer, caller, noLeeway) === "right") break;
      if (answeredAtMs > until) throw new Error(`${method}, ${caller.name}: ${status} ${answer.body}`);
      await sleep(500);
    }
  }
}
