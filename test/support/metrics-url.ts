import type { TestServer } from "./server.ts";

/** Where a server's log says its metrics are. */
export function findMetricsUrl({ logs }: TestServer): string {
  const [, url] = /Metrics at (http:[^"]+)/.exec(logs.join("")) ?? [];
  if (url === undefined) throw new Error("The log does not say where the metrics are.");
  return url;
}
