import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { idePage, idePageScript } from "./ide-page.ts";

/** The page's parts, from development dependencies: outside development there is no IDE. */
const assets = [
  { path: "/ide/react.js", module: "react", file: "umd/react.production.min.js", type: "text/javascript" },
  { path: "/ide/react-dom.js", module: "react-dom", file: "umd/react-dom.production.min.js", type: "text/javascript" },
  { path: "/ide/graphiql.js", module: "graphiql", file: "graphiql.min.js", type: "text/javascript" },
  { path: "/ide/graphiql.css", module: "graphiql", file: "graphiql.min.css", type: "text/css" },
] as const;

// Everything comes from this process. GraphiQL sets style attributes and has its fonts in its style sheet.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Whether a request at `/graphql` is a browser's that wants to see something. */
export function isIdeRequest(request: FastifyRequest): boolean {
  return request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
}

/** Answers with the IDE's page. */
export function sendIde(reply: FastifyReply): FastifyReply {
  return reply.type("text/html; charset=utf-8").header("content-security-policy", contentSecurityPolicy).send(idePage);
}

/** Serves GraphiQL from this process at `/`, and what its page needs below `/ide/`. */
export function registerIde(fastify: FastifyInstance): void {
  fastify.get("/", async (_request, reply) => sendIde(reply));
  fastify.get("/ide/page.js", async (_request, reply) =>
    reply.type("text/javascript; charset=utf-8").send(idePageScript),
  );
  const { resolve } = createRequire(import.meta.url);
  for (const { path, module, file, type } of assets) {
    fastify.get(path, async (_request, reply) => {
      const content = await readFile(join(dirname(resolve(`${module}/package.json`)), file));
      return reply.type(`${type}; charset=utf-8`).header("cache-control", "max-age=3600").send(content);
    });
  }
}
