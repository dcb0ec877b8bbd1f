/** For what is written just after an answer, on a machine that has much else to do. */
export const patience: { readonly timeout: number } = { timeout: 30_000 };

/** A log line that says what became of a request. */
export interface RequestLine extends Readonly<Record<string, unknown>> {
  readonly level: number;
  readonly status: number;
  readonly path: string;
}

const messages: readonly unknown[] = ["A request was answered.", "A request was broken off."];

/** The lines that say what became of a request, parsed. */
export function findRequestLines(logs: readonly string[]): readonly RequestLine[] {
  return logs.map((line) => JSON.parse(line)).filter(({ msg }) => messages.includes(msg));
}

/** The lines without the only words of a token that a line may have: who was let in, in that request's own line. */
export function withoutCallers(logs: readonly string[]): readonly string[] {
  return logs.map((line) => {
    const { subject, clientId, ...rest } = JSON.parse(line);
    return messages.includes(rest.msg) && rest.caller === "authenticated" ? JSON.stringify(rest) : line;
  });
}
