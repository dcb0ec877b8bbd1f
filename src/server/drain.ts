import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Makes the function that stops a server in order: new connections are refused, a request that still arrives is
 * answered with 503, requests under way finish, and every connection is closed as soon as nothing is under way on it.
 * After `timeoutMs` what is left is cut off. To be called once.
 */
export function createDrain(fastify: FastifyInstance, timeoutMs: number): () => Promise<void> {
  const sockets = new Set<Socket>();
  let isDraining = false;

  fastify.server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  fastify.addHook("onSend", async (_request, reply) => {
    if (isDraining) reply.header("connection", "close");
  });

  return async () => {
    isDraining = true;
    const timer = setTimeout(() => fastify.server.closeAllConnections(), timeoutMs).unref();
    // Node closes the connections that wait for a next request, and waits for those that never sent a first one.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    await fastify.close();
    clearTimeout(timer);
  };
}
