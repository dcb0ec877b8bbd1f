import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { AuthenticatorState } from "../authentication/authenticator-state.ts";
import type { ProviderAnswer, ProviderClient, ProviderRequest } from "../authentication/provider-client.ts";
import type { SharedCacheState } from "../shared-cache/shared-cache.ts";
import { registerAuthenticatorMetrics } from "./authenticator-metrics.ts";
import type { RequestObserver } from "./request-log.ts";
import { registerSharedCacheMetrics } from "./shared-cache-metrics.ts";

/** What is counted and measured of one server. */
export interface Metrics {
  /** The server's own: several may run in one process. */
  readonly registry: Registry;
  readonly observe: RequestObserver;
  /** Counts a request that could not be read as HTTP, by the status of its answer. */
  readonly countUnreadable: (status: number) => void;
  /** The same client, whose calls are counted and timed. */
  readonly measure: (ask: ProviderClient) => ProviderClient;
  /** Adds what an authenticator, and what a shared cache, can say of itself. */
  readonly addAuthenticator: (readState: () => AuthenticatorState) => void;
  readonly addSharedCache: (readState: () => SharedCacheState) => void;
}

/** In seconds, around what a caller notices and what a provider is given. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The type of the operation where none was found. */
const noOperation = "none";

/** Where a bad token failed a whole request, which has no coordinate. */
const wholeRequest = "(request)";

/**
 * Makes the metrics of a server. What labels say is bounded by the schema, the configuration or a list of ours: never a
 * name, a path or a word that a client or a provider chose.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "gatehouse_http_requests_total",
    help: "Requests that are over, but those about health; status 499: broken off. Also those that could not be read.",
    labelNames: ["status", "operation_type"],
    registers,
  });
  const durations = new Histogram({
    name: "gatehouse_http_request_duration_seconds",
    help: "How long requests took, from their headers to the last byte of the answer.",
    labelNames: ["operation_type"],
    buckets,
    registers,
  });
  const failures = new Counter({
    name: "gatehouse_operation_failures_total",
    help: "Errors of the server itself in operations, whose status may still be 200.",
    registers,
  });
  const refusals = new Counter({
    name: "gatehouse_refusals_total",
    help: "Refused selections, by what of the schema was refused.",
    labelNames: ["coordinate", "code"],
    registers,
  });
  const authentications = new Counter({
    name: "gatehouse_authentications_total",
    help: "Requests by what authentication came to; reason: of those rejected or unavailable.",
    labelNames: ["outcome", "reason"],
    registers,
  });
  const calls = new Counter({
    name: "gatehouse_provider_calls_total",
    help: "Calls to the identity provider, by the class of the answer's status; failed: there was no answer.",
    labelNames: ["endpoint", "outcome"],
    registers,
  });
  const callDurations = new Histogram({
    name: "gatehouse_provider_call_duration_seconds",
    help: "How long calls to the identity provider took.",
    labelNames: ["endpoint"],
    buckets,
    registers,
  });

  return {
    registry,
    addAuthenticator: (readState) => registerAuthenticatorMetrics(registry, readState),
    addSharedCache: (readState) => registerSharedCacheMetrics(registry, readState),
    observe: ({ status, durationMs, authentication, record }) => {
      const operation_type = record.operationType ?? noOperation;
      requests.inc({ status, operation_type });
      durations.observe({ operation_type }, durationMs / 1000);
      if (record.failures > 0) failures.inc(record.failures);
      for (const { coordinate = wholeRequest, code, count } of record.refusals?.values() ?? [])
        refusals.inc({ coordinate, code }, count);
      if (authentication === undefined) return;
      const reason = "error" in authentication ? authentication.error.reason : "";
      authentications.inc({ outcome: authentication.kind, reason });
    },
    // How long it took nobody knows: its connection may have been open before.
    countUnreadable: (status) => requests.inc({ status, operation_type: noOperation }),
    measure: (ask) => async (request) => {
      const endpoint = toEndpoint(request);
      const end = callDurations.startTimer({ endpoint });
      const answer = await ask(request);
      end();
      calls.inc({ endpoint, outcome: toOutcome(answer) });
      return answer;
    },
  };
}

/** Which of the provider's endpoints is asked: only introspection has a form, and metadata have well-known names. */
function toEndpoint({ url, form }: ProviderRequest): string {
  if (form !== undefined) return "introspection";
  return /\/\.well-known\/(?:openid-configuration|oauth-authorization-server)/.test(url) ? "metadata" : "jwks";
}

function toOutcome(answer: ProviderAnswer): string {
  return answer.kind === "failed" ? "failed" : `${Math.floor(answer.status / 100)}xx`;
}
