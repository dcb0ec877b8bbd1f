import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

/** Serves the metrics, at a port of their own: they are not for the API's callers. */
export interface MetricsServer {
  /** Resolves to where the metrics are; rejects when the port cannot be had. */
  readonly listen: (host: string, port: number) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Makes a server that answers `GET /metrics`, and nothing else. It asks nobody who they are. */
export function createMetricsServer(registry: Registry): MetricsServer {
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url?.split("?")[0] !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return {
    listen: async (host, port) => {
      server.listen(port, host);
      await once(server, "listening");
      const { address, family, port: actual } = server.address() as AddressInfo;
      return `http://${family === "IPv6" ? `[${address}]` : address}:${actual}/metrics`;
    },
    stop: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
