import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { formatIdePage, type IdeSignIn } from "./ide-page.ts";
import { type IdeTokens, isOnThisMachine, registerIdeTokens } from "./ide-tokens.ts";

/** How the IDE is served. */
export interface IdeOptions {
  /** Undefined when no local provider runs. */
  readonly tokens: IdeTokens | undefined;
  /** Undefined when nobody signs in at a provider. */
  readonly signIn: IdeSignIn | undefined;
}

/** Answers with the IDE's page. */
export type SendIde = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** The page's parts, from development dependencies: outside development there is no IDE. */
const packaged = [
  { path: "/ide/react.js", module: "react", file: "umd/react.production.min.js" },
  { path: "/ide/react-dom.js", module: "react-dom", file: "umd/react-dom.production.min.js" },
  { path: "/ide/graphiql.js", module: "graphiql", file: "graphiql.min.js" },
  { path: "/ide/graphiql.css", module: "graphiql", file: "graphiql.min.css" },
  { path: "/ide/oauth4webapi.js", module: "oauth4webapi", file: "build/index.js" },
] as const;

/** Its own parts, served as they are written; the directory is the same from `src` and from `dist`. */
const own = ["main.js", "main.css", "callers.js", "fetcher.js", "sign-in.js", "switch.js"] as const;
const ownDirectory = fileURLToPath(new URL("../../src/ide/", import.meta.url));

/**
 * Everything comes from this process; the page speaks to it, and to the provider where people sign in there. GraphiQL
 * has its fonts in its style sheet.
 */
function formatContentSecurityPolicy(nonce: string, signIn: IdeSignIn | undefined): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self'${signIn === undefined ? "" : ` ${new URL(signIn.issuer).origin}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Whether a request at `/graphql` is a browser's that wants to see something. */
export function isIdeRequest(request: FastifyRequest): boolean {
  return request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
}

/** Serves GraphiQL from this process at `/`, and what its page needs below `/ide/`. Returns what sends the page. */
export function registerIde(fastify: FastifyInstance, { tokens, signIn }: IdeOptions): SendIde {
  if (tokens !== undefined) registerIdeTokens(fastify, tokens);
  const sendIde: SendIde = (request, reply) => {
    const callers = tokens !== undefined && isOnThisMachine(request) ? tokens.callers : [];
    const nonce = crypto.randomUUID();
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", formatContentSecurityPolicy(nonce, signIn));
    return reply.header("cache-control", "no-store").send(formatIdePage({ callers, signIn, nonce }));
  };
  fastify.get("/", async (request, reply) => sendIde(request, reply));
  const { resolve } = createRequire(import.meta.url);
  for (const { path, module, file } of packaged) {
    const read = (): Promise<Buffer> => readFile(join(dirname(resolve(`${module}/package.json`)), file));
    registerFile(fastify, path, "max-age=3600", read);
  }
  for (const name of own) registerFile(fastify, `/ide/${name}`, "no-cache", () => readFile(join(ownDirectory, name)));
  return sendIde;
}

function registerFile(fastify: FastifyInstance, path: string, cacheControl: string, read: () => Promise<Buffer>): void {
  const type = path.endsWith(".css") ? "text/css" : "text/javascript";
  fastify.get(path, async (_request, reply) =>
    reply
      .type(`${type}; charset=utf-8`)
      .header("cache-control", cacheControl)
      .send(await read()),
  );
}
