import type { IssuerState } from "./authenticator-state.ts";
import type { Circuit } from "./circuit.ts";
import { createDiscovery, createFixedEndpoint, type Discovery, type EndpointName } from "./discovery.ts";
import type { IntrospectionOptions } from "./introspection.ts";
import type { Issuer } from "./issuer.ts";
import { createJwtVerifier } from "./jwt.ts";
import { createKeySet } from "./key-set.ts";
import type { TokenVerifier } from "./verification.ts";

/** Verifies the tokens of one issuer. */
export interface IssuerVerifier {
  readonly issuer: Issuer;
  readonly verify: TokenVerifier;
  /** Asks the provider for what the first token will need. */
  readonly prepare: () => Promise<unknown>;
  readonly readState: () => Omit<IssuerState, "issuer">;
}

/** Makes the verifier of an issuer, by its key set or by introspection. Asks nothing of the provider yet. */
export function createIssuerVerifier(options: Omit<IntrospectionOptions, "discovery" | "circuit">): IssuerVerifier {
  const { issuer, ask, clock, logger } = options;
  const locate = (endpoint: string | undefined, name: EndpointName): Discovery =>
    endpoint === undefined
      ? createDiscovery({ issuer: issuer.issuer, name, ask, clock, logger })
      : createFixedEndpoint(endpoint);
  if (issuer.method === "introspection") {
    const discovery = locate(issuer.introspectionEndpoint, "introspection_endpoint");
    let loading: Promise<TokenVerifier> | undefined;
    let circuit: Circuit | undefined;
    // Loaded on demand: who checks signatures has no use for it, and modules are most of what a start takes.
    const load = async (): Promise<TokenVerifier> => {
      const { createCircuit } = await import("./circuit.ts");
      const { createIntrospectionVerifier } = await import("./introspection.ts");
      circuit = createCircuit(clock);
      return createIntrospectionVerifier({ ...options, discovery, circuit });
    };
    const find = (): Promise<TokenVerifier> => (loading ??= load());
    return {
      issuer,
      verify: async (token) => (await find())(token),
      prepare: () => Promise.all([find(), discovery.find(AbortSignal.timeout(issuer.timeoutMs))]),
      readState: () => ({ circuit: circuit?.readState() ?? "closed" }),
    };
  }
  const discovery = locate(issuer.jwksUri, "jwks_uri");
  const keySet = createKeySet({ discovery, ask, clock, logger, timeoutMs: issuer.timeoutMs });
  return {
    issuer,
    verify: createJwtVerifier(issuer, keySet, clock),
    prepare: keySet.current,
    readState: () => ({ keySetAgeMs: keySet.readAgeMs() }),
  };
}
