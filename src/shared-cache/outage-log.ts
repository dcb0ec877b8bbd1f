import type { Clock } from "../authentication/clock.ts";
import type { Logger } from "../authentication/logger.ts";

/** Tells of outages, of each once. */
export interface OutageLog {
  /** It cannot be reached, or does not answer. */
  readonly note: (error: unknown) => void;
  /** It answers, and refuses what it is told to do. */
  readonly noteRefusal: (error: unknown) => void;
  /** It has done something. */
  readonly end: () => void;
}

/** How often one kind of refusal is told. */
const refusalEveryMs = 60_000;

/** Makes the log of what happens to Redis. No line has a text of Redis in it, nor an address, which has a password. */
export function createOutageLog(logger: Logger, clock: Clock): OutageLog {
  let isDown = false;
  const toldAtMs = new Map<string, number>();

  return {
    note: (error) => {
      if (isDown) return;
      isDown = true;
      logger.error({}, `The shared cache cannot be asked (${describe(error)}): this replica works for itself.`);
    },
    noteRefusal: (error) => {
      const code = readRefusalCode(error) ?? "unknown error";
      if (clock.monotonicMs() < (toldAtMs.get(code) ?? Number.NEGATIVE_INFINITY) + refusalEveryMs) return;
      toldAtMs.set(code, clock.monotonicMs());
      logger.error({}, `The shared cache refuses a command (${code}).`);
    },
    end: () => {
      if (!isDown) return;
      isDown = false;
      logger.info({}, "The shared cache can be asked again.");
    },
  };
}

/** The word in capitals with which Redis begins an error; undefined for what is no error of Redis. */
export function readRefusalCode(error: unknown): string | undefined {
  return /^[A-Z]{2,20}(?= |$)/.exec(error instanceof Error ? error.message : "")?.[0];
}

function describe(error: unknown): string {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === "string") return code;
  if (name === "LateError") return "it does not answer in time";
  return readRefusalCode(error) ?? "the connection is lost";
}
