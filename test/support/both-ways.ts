import { ApolloServer } from "@apollo/server";
import { onTestFinished, vi } from "vitest";
import { findRequestLines, patience } from "./request-lines.ts";
import { type Answer, readAnswer, type TestServer } from "./server.ts";

/** A request to `/graphql`; `body` is what is sent as JSON, of whatever form. */
export interface AskedRequest {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** JSON for the server, and no form that goes past Apollo Server. */
const notPlain = "application/json;charset=utf-8";

/** Sends a request as most clients write it. */
export async function ask({ url }: TestServer, { body, headers }: AskedRequest): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { connection: "close", "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return readAnswer(response);
}

/** Sends a request so that Apollo Server has to answer. */
export function askApollo(server: TestServer, { body, headers }: AskedRequest): Promise<Answer> {
  return ask(server, { body, headers: { ...headers, "content-type": notPlain } });
}

/** Counts, until the test is over, what Apollo Server is given to answer, by any server of this process. */
export function countAnswersOfApollo(): () => number {
  const spy = vi.spyOn(ApolloServer.prototype, "executeHTTPGraphQLRequest");
  onTestFinished(() => spy.mockRestore());
  return () => spy.mock.calls.length;
}

/** All that can be seen of an answer, and of what the server wrote about it, but times and the request's id. */
interface SeenAnswer {
  readonly status: number;
  /** `name: value` */
  readonly headers: readonly string[];
  readonly text: string;
  readonly lines: readonly unknown[];
}

/** Sends a request and waits for its log line: at most one at a time. */
export async function see(server: TestServer, send: () => Promise<Answer>): Promise<SeenAnswer> {
  const before = server.logs.length;
  const { status, headers, text } = await send();
  const lines = await vi.waitFor(() => {
    const written = server.logs.slice(before);
    if (findRequestLines(written).length !== 1) throw new Error("The line of the request is not there yet.");
    return written.map(withoutChance);
  }, patience);
  const told = [...headers].filter(([name]) => name !== "date").map(([name, value]) => `${name}: ${value}`);
  return { status, headers: told, text, lines };
}

function withoutChance(line: string): unknown {
  const { time, durationMs, requestId, err, ...rest } = JSON.parse(line);
  // A stack names who called the resolver.
  return { ...rest, hasRequestId: requestId !== undefined, err: err?.message };
}
