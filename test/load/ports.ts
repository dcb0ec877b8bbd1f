import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** Finds so many ports on 127.0.0.1 that nothing listens at now. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** Whether something on 127.0.0.1 answers a line that is sent to it with one that begins as expected. */
export async function answersLine(port: number, line: string, expected: string): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write(line);
    const [answer] = await once(socket, "data");
    return String(answer).startsWith(expected);
  } finally {
    socket.destroy();
  }
}
