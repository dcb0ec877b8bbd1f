import type { FastifyInstance, FastifyRequest } from "fastify";

/** Somebody whose tokens the IDE may send. */
export interface IdeCaller {
  readonly name: string;
  /** What its tokens grant. */
  readonly scopes: readonly string[];
}

/** Where the IDE's tokens come from while the local provider runs. */
export interface IdeTokens {
  readonly callers: readonly IdeCaller[];
  /** A fresh access token of the caller with this name. Rejects when the provider gives none. */
  readonly getToken: (name: string) => Promise<string>;
}

const loopbackHost = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/;
const loopbackAddress = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;

/**
 * Whether a browser on this machine sends this, to a name that only this machine has: the local provider serves nobody
 * else, and a web page that has its own name resolve to this machine (DNS rebinding) says so in the Host header.
 */
export function isOnThisMachine({ headers, socket }: FastifyRequest): boolean {
  return loopbackHost.test(headers.host ?? "") && loopbackAddress.test(socket.remoteAddress ?? "");
}

/** Whether a page of this very server sends this: a browser lets no other page say so. */
function isFromOwnPage({ headers }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  return headers.origin === `http://${headers.host}` && (site === undefined || site === "same-origin");
}

/** Gives the IDE's page, and no other, tokens of the local provider's callers, at `POST /ide/token`. */
export function registerIdeTokens(fastify: FastifyInstance, { callers, getToken }: IdeTokens): void {
  fastify.post("/ide/token", async (request, reply) => {
    if (!isOnThisMachine(request) || !isFromOwnPage(request)) {
      throw Object.assign(new Error("Not from the IDE's page."), { statusCode: 403, code: "NOT_FROM_IDE" });
    }
    const { caller } = Object(request.body) as { readonly caller?: unknown };
    const known = callers.find(({ name }) => name === caller);
    if (known === undefined) {
      throw Object.assign(new Error("Unknown caller."), { statusCode: 400, code: "UNKNOWN_CALLER" });
    }
    return reply.header("cache-control", "no-store").send({ access_token: await getToken(known.name) });
  });
}
