import type { DocumentNode } from "graphql";
import type { Dataset } from "./dataset.ts";

/** Who asks. */
export type Caller =
  | { readonly kind: "anonymous" }
  | { readonly kind: "authenticated"; readonly scopes: readonly string[] }
  | { readonly kind: "rejected"; readonly reason: "token_expired" | "invalid_claims" | "invalid_token" }
  | { readonly kind: "unavailable" };

/** An operation to be executed for a caller. */
export interface Execution {
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly dataset: Dataset;
}

/** What came, or must come, of an execution. */
export interface Outcome {
  /** Objects are maps, so that no key is special. */
  readonly data: ResponseValue;
  readonly errors: readonly ResponseError[];
  /** The coordinates of the fields whose resolvers were called, as often as they were. */
  readonly calls: readonly string[];
}

export type ResponseValue =
  | null
  | string
  | number
  | boolean
  | readonly ResponseValue[]
  | ReadonlyMap<string, ResponseValue>;

export type ResponsePath = readonly (string | number)[];

/** Without a code: the error is none of authorization's. */
export interface ResponseError {
  readonly path: ResponsePath;
  readonly code?: unknown;
  readonly reason?: unknown;
  /** As `describeRequirement` writes it. */
  readonly requiredScopes?: string | undefined;
}
