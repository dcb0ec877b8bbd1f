import { connect } from "node:net";
import { type Answer, toAnswer } from "./server.ts";

/** A request as bytes on the wire: nothing checks or mends it on the way. */
export interface RawRequest {
  /** Of the server, without a slash at its end. */
  readonly url: string;
  readonly method?: string;
  readonly path?: string;
  /** Header lines beside Content-Type, and Host and Content-Length unless they are here; a character is a byte. */
  readonly lines: readonly string[];
  readonly body?: string;
}

/** Sends it on a connection of its own and reads the answer to the end. Rejects when there is none. */
export function sendRaw({ url, method = "POST", path = "/graphql", lines, body = "" }: RawRequest): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...(lines.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${hostname}:${port}`]),
    "Connection: close",
    "Content-Type: application/json",
    ...(lines.some((line) => /^content-length:/i.test(line)) ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...lines,
  ].join("\r\n");
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    // A server that answers before it has read everything may reset the connection: the answer counts.
    socket.on("error", (error) => (chunks.length > 0 ? undefined : reject(error)));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("close", () => {
      const answer = parseAnswer(Buffer.concat(chunks));
      if (answer) resolve(answer);
      else reject(new Error("The connection ended without an answer."));
    });
    socket.write(Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), Buffer.from(body)]));
  });
}

function parseAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  const [statusLine, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine ?? "")?.[1];
  if (end === -1 || status === undefined) return undefined;
  const headers = new Headers(
    lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  );
  return toAnswer(Number(status), headers, bytes.subarray(end + 4).toString());
}
