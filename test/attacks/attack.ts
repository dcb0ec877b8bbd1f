import type { RawRequest } from "../support/raw-request.ts";
import type { Stage, StageOptions } from "../support/stage.ts";
import type { Expected } from "./outcomes.ts";

/** A request other than one with a bearer token. */
export type Attempt = Omit<RawRequest, "url">;

/** What somebody tries, and what must come of it. */
export interface Attack {
  /** For ever: reports and discussions name it. */
  readonly id: string;
  readonly title: string;
  /** What is sent: a bearer token, or a request. */
  readonly send: (stage: Stage) => string | Attempt | Promise<Attempt>;
  readonly expected: Expected;
  /** How often each path of the provider is asked on account of this; those that are not named, never. */
  readonly calls?: Readonly<Record<string, number>>;
  /** What the operator must be told. */
  readonly logged?: RegExp;
  /** A stage of its own; the calls of its server's start count then, too. */
  readonly on?: StageOptions;
}

/** What a server with signed tokens asks when it starts. */
export const startCalls = { "/.well-known/openid-configuration": 1, "/jwks": 1 } as const;

type Send = Attack["send"];

/** A token that must be refused as one that is not valid. */
export function refused(id: string, title: string, send: Send): Attack {
  return { id, title, expected: "invalid_token", send };
}

/** A positive control: a suite that refuses everything must fail. */
export function accepted(id: string, title: string, send: Send): Attack {
  return { id, title, expected: "accepted", send };
}

export const privateQuery = "{ privateMessage { message } }";

/** Attacks on one server, which they share unless one has a stage of its own. */
export interface AttackGroup {
  readonly attacks: readonly Attack[];
  readonly options: StageOptions;
}

export function group(attacks: readonly Attack[], options: StageOptions = {}): AttackGroup {
  return { attacks, options };
}
