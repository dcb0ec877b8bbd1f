import * as v from "valibot";
import { atLeastOne, count, type Environment, readVariables } from "./variable-forms.ts";

/** How much a request, and a caller, may ask for. */
export interface Limits {
  /** How deep the selections of an operation may be nested. */
  readonly depth: number;
  /** How many fields of an operation may have an alias. */
  readonly aliases: number;
  /** How many directives an operation may have. */
  readonly directives: number;
  /** How many fields an operation may select at its root. */
  readonly rootFields: number;
  /** How many tokens a document may have. */
  readonly tokens: number;
  /** The longest request body, in bytes. */
  readonly bodyBytes: number;
  /** How long the headers of a request may take to arrive, and all of it, in milliseconds. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How many requests a subject, or else an address, may send in a minute; 0: as many as it likes. */
  readonly requestsPerMinute: number;
  /** From which delay of the event loop on requests are turned away, in milliseconds; 0: never. */
  readonly eventLoopDelayMs: number;
}

const variables = v.object({
  LIMIT_DEPTH: v.optional(atLeastOne, "20"),
  LIMIT_ALIASES: v.optional(count, "30"),
  LIMIT_DIRECTIVES: v.optional(count, "50"),
  LIMIT_ROOT_FIELDS: v.optional(atLeastOne, "20"),
  LIMIT_TOKENS: v.optional(atLeastOne, "2000"),
  LIMIT_BODY_BYTES: v.optional(atLeastOne, "102400"),
  LIMIT_HEADERS_MS: v.optional(atLeastOne, "10000"),
  LIMIT_REQUEST_MS: v.optional(atLeastOne, "30000"),
  LIMIT_REQUESTS_PER_MINUTE: v.optional(count, "6000"),
  LIMIT_EVENT_LOOP_DELAY_MS: v.optional(count, "1000"),
});

/** Reads the limits from environment variables; what is wrong with one is added to `problems`, by its name. */
export function readLimits(environment: Environment, problems: Map<string, string>): Limits {
  const env = readVariables(variables, environment, problems);
  if (env.LIMIT_HEADERS_MS > env.LIMIT_REQUEST_MS && !problems.has("LIMIT_REQUEST_MS"))
    problems.set("LIMIT_HEADERS_MS", "must not be more than LIMIT_REQUEST_MS: the headers are a part of the request");
  return {
    depth: env.LIMIT_DEPTH,
    aliases: env.LIMIT_ALIASES,
    directives: env.LIMIT_DIRECTIVES,
    rootFields: env.LIMIT_ROOT_FIELDS,
    tokens: env.LIMIT_TOKENS,
    bodyBytes: env.LIMIT_BODY_BYTES,
    headersMs: env.LIMIT_HEADERS_MS,
    requestMs: env.LIMIT_REQUEST_MS,
    requestsPerMinute: env.LIMIT_REQUESTS_PER_MINUTE,
    eventLoopDelayMs: env.LIMIT_EVENT_LOOP_DELAY_MS,
  };
}
