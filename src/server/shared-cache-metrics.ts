import { Counter, Gauge, type Registry } from "prom-client";
import type { SharedCacheState } from "../shared-cache/shared-cache.ts";

/** Adds metrics of a shared cache, whose state is only read when somebody asks for them. */
export function registerSharedCacheMetrics(registry: Registry, readState: () => SharedCacheState): void {
  const registers = [registry];
  new Gauge({
    name: "gatehouse_shared_cache_up",
    help: "Whether the shared cache can be asked. 1: yes, 0: no.",
    registers,
    collect() {
      this.set(readState().isUp ? 1 : 0);
    },
  });
  new Counter({
    name: "gatehouse_shared_answers_total",
    help: "Answers of introspection that were looked up in the shared cache; unavailable: it could not be asked.",
    labelNames: ["result"],
    registers,
    collect() {
      this.reset();
      for (const [result, count] of Object.entries(readState().lookUps)) this.inc({ result }, count);
    },
  });
}
