import { Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

/** How long a connection is kept on which nothing is under way: its client may have sent a request already. */
const lingerMs = 1000;

/**
 * Makes the function that stops a server in order, so that no request is lost: new connections are refused, a request
 * that arrives on an old one is answered, and its connection closed. A connection on which nothing arrives for a second
 * is closed too. After `timeoutMs` what is left is cut off. To be called once.
 *
 * Needs `return503OnClosing: false`. A proxy that is refused must try another replica: by itself, or because it saw
 * `/health/ready` answer 503.
 */
export function createDrain(fastify: FastifyInstance, timeoutMs: number): () => Promise<void> {
  const sockets = new Set<Socket>();
  let isDraining = false;
  let whenEmpty = (): void => {};

  fastify.server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) whenEmpty();
    });
  });
  // Not async: that takes a turn of each answer.
  fastify.addHook("onSend", (_request, reply, payload, done) => {
    if (isDraining) reply.header("connection", "close");
    done(null, payload);
  });

  const linger = async (): Promise<void> => {
    if (sockets.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      whenEmpty = resolve;
      timer = setTimeout(resolve, Math.min(lingerMs, timeoutMs));
    });
    clearTimeout(timer);
    // What has arrived by now is read before its connection counts as idle.
    await nextTurn();
  };

  return async () => {
    const timer = setTimeout(() => fastify.server.closeAllConnections(), timeoutMs).unref();
    // Who has connected already is let in: a signal comes in the middle of a turn, and the next one is whole.
    await nextTurn();
    await nextTurn();
    isDraining = true;
    // An HTTP server's own `close` also closes idle connections: a proxy that is just sending a request on one of them
    // may not send it again to another replica, as it cannot know whether it was acted on.
    Server.prototype.close.call(fastify.server);
    await linger();
    // Node closes the connections that wait for a next request, and waits for those that never sent a first one.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    await fastify.close();
    clearTimeout(timer);
  };
}
