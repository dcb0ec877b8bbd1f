/** What of an error is logged. */
export interface LoggableError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

/**
 * Takes of an error what says what went wrong and where, and nothing else it carries: an AxiosError, for one, holds
 * the headers of its request. The logger does this with every error in a line.
 */
export function toLoggableError(error: unknown): LoggableError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: "" };
  return { type: error.name, message: error.message, stack: error.stack ?? "" };
}
