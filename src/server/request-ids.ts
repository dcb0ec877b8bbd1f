import { randomBytes } from "node:crypto";

/**
 * Makes the function that gives each request its id, which no other process gives: `PROCESS-NUMBER`, of which the first
 * part is random, and made once, which takes longer than to count.
 */
export function createRequestIds(): () => string {
  const ofThisProcess = randomBytes(8).toString("hex");
  let requests = 0;
  return () => {
    requests += 1;
    return `${ofThisProcess}-${requests}`;
  };
}
