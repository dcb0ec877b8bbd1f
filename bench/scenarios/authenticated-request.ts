import type { Timing } from "../compare.ts";
import type { Setting } from "../setting.ts";
import { holdContest } from "./contest.ts";

/** The small operation that most scenarios ask for. */
export const adminQuery = "{ adminMessage { message } }";

/** So many connections at once, each with one request under way: enough to keep one server busy. */
export const smallConnections = 16;

/** Scenario 1: one guarded message for a caller whose token grants it. */
export function measureAuthenticatedRequest(setting: Setting): Promise<readonly Timing[]> {
  return holdContest(setting, setting.effort.contestants, {
    query: adminQuery,
    secret: "recognized you as an admin",
    connections: smallConnections,
    requests: setting.effort.contestRequests,
  });
}
