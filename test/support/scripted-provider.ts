import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";

/** What an endpoint answers: a JSON value, or whatever the function does with the response. */
export type Script = object | ((response: ServerResponse, body: string, request: IncomingMessage) => void);

/** A provider of which a test decides every answer, over real HTTP. For what no real provider would do on request. */
export interface ScriptedProvider {
  readonly issuer: string;
  /** By path. A path that is not here answers 404. */
  readonly answers: Map<string, Script>;
  /** How often each path was asked. */
  readonly calls: Map<string, number>;
  /** Stops listening, so that connecting fails, until it is started again on the same port. */
  readonly goDown: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts one with discovery, an empty key set to fill, and an introspection endpoint that knows no token. */
export async function startScriptedProvider(wantedPort = 0): Promise<ScriptedProvider> {
  const answers = new Map<string, Script>();
  const calls = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    calls.set(pathname, (calls.get(pathname) ?? 0) + 1);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(answers.get(pathname), response, Buffer.concat(chunks).toString(), request));
  });
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(wantedPort);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  answers.set("/.well-known/openid-configuration", {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    introspection_endpoint: `${issuer}/introspect`,
  });
  answers.set("/introspect", { active: false });
  return { issuer, answers, calls, goDown: close, comeBack: () => listen(port), stop: close };
}

function answer(script: Script | undefined, response: ServerResponse, body: string, request: IncomingMessage): void {
  if (typeof script === "function") {
    script(response, body, request);
    return;
  }
  response.writeHead(script === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(script ?? {}));
}

/** An answer with a status and, if it matters, a body and headers. */
export function respondWith(status: number, body: object | string = {}, headers: Record<string, string> = {}): Script {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

/** The public half of signing keys, as a key set. */
export function toKeySet(...keys: readonly JWK[]): { keys: JWK[] } {
  return { keys: keys.map(({ kty, n, e, alg, kid }) => ({ kty, n, e, alg, kid, use: "sig" }) as JWK) };
}
