import type { Authentication } from "../authentication/principal.ts";
import type { RefusalCode, RefusalReason } from "../errors.ts";
import type { RefusedSelection } from "./decision.ts";

/** One refusal, for an audit trail. Never holds a token, nor a claim other than who it was issued to. */
export interface RefusalReport {
  /**
   * The schema coordinate of what was refused: a field (`Query.users`), a guarded argument (`Query.users(all:)`) or a
   * guarded input field (`Filter.deleted`), or a type (`User`) that was asked for by reference. Undefined where a bad token failed the whole request.
   */
  readonly coordinate: string | undefined;
  readonly code: RefusalCode;
  readonly reason: RefusalReason;
  /** Of a caller with a verified token; undefined of all others. */
  readonly subject: string | undefined;
  readonly clientId: string | undefined;
  readonly operationName: string | undefined;
}

/**
 * Is told of every refusal, once for each selection that is refused, while the request is under way.
 * `context` is the context value of the request, as it was given to the executor: it tells the refusals of one request
 * from those of another. It holds the caller's claims; the report does not.
 */
export type RefusalListener = (report: RefusalReport, context: unknown) => void;

/** Tells the listener. */
export type RefusalReporter = (
  refused: { readonly coordinate?: string; readonly refusal: RefusedSelection["refusal"] },
  caller: Authentication,
  request: { readonly operationName: string | undefined; readonly context: unknown },
) => void;

/** Makes the function that tells a listener of refusals. Whatever the listener does, the request goes its way. */
export function createReporter(listener: RefusalListener | undefined): RefusalReporter {
  if (listener === undefined) return () => undefined;
  return ({ coordinate, refusal: { code, reason } }, caller, { operationName, context }) => {
    const { subject, clientId } = caller.kind === "authenticated" ? caller.principal : {};
    const report = { coordinate, code, reason, subject, clientId, operationName };
    // Started here; a promise of the listener's is followed too.
    new Promise((resolve) => resolve(listener(Object.freeze(report), context))).catch(warn);
  };
}

/** Without the error's own text: an audit trail that breaks must be heard of, and must not talk. */
function warn(error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  process.emitWarning(`onRefusal failed (${name}), and a refusal was not recorded.`, { code: "GATEHOUSE_ON_REFUSAL" });
}
