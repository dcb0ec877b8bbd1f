import type { Socket } from "node:net";
import type { FastifyRequest } from "fastify";

/** By connection, the request whose headers came last. */
const latest = new WeakMap<Socket, FastifyRequest>();

/** Notes on which connection a request comes. */
export function noteArrival(request: FastifyRequest): void {
  latest.set(request.raw.socket, request);
}

/**
 * The request whose body is still arriving on a connection, also when it has been answered; undefined where what arrives
 * are the headers of another one.
 */
export function findArriving(socket: Socket): FastifyRequest | undefined {
  const request = latest.get(socket);
  return request?.raw.complete === false ? request : undefined;
}
