import { Counter, Gauge, type Registry } from "prom-client";
import type { AuthenticatorState } from "../authentication/authenticator-state.ts";

const circuitStates = { closed: 0, "half-open": 1, open: 2 };

/** Adds metrics of an authenticator, whose state is only read when somebody asks for them. */
export function registerAuthenticatorMetrics(registry: Registry, readState: () => AuthenticatorState): void {
  const registers = [registry];
  new Counter({
    name: "gatehouse_token_cache_lookups_total",
    help: "Tokens that were looked up; hit: without a verification of their own, which may be a look at the shared cache.",
    labelNames: ["result"],
    registers,
    collect() {
      const { lookUps, verifications } = readState();
      this.reset();
      this.inc({ result: "hit" }, lookUps - verifications);
      this.inc({ result: "miss" }, verifications);
    },
  });
  new Gauge({
    name: "gatehouse_circuit_state",
    help: "Whether the provider is asked about tokens. 0: yes, 1: once, to see whether it works again, 2: no.",
    labelNames: ["issuer"],
    registers,
    collect() {
      this.reset();
      for (const { issuer, circuit } of readState().issuers)
        if (circuit !== undefined) this.set({ issuer }, circuitStates[circuit]);
    },
  });
  new Gauge({
    name: "gatehouse_key_set_age_seconds",
    help: "How old the provider's keys are; absent before there are any.",
    labelNames: ["issuer"],
    registers,
    collect() {
      this.reset();
      for (const { issuer, keySetAgeMs } of readState().issuers)
        if (keySetAgeMs !== undefined) this.set({ issuer }, keySetAgeMs / 1000);
    },
  });
}
