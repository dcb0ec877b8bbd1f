import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** An address on this machine that answers nothing, as behind a firewall that drops packets: not even that it refuses. */
export interface BlackHole {
  readonly port: number;
  readonly close: () => Promise<void>;
}

// A process that listens and then does nothing more takes no connection from the kernel's queue, which holds one or two.
const program = `
  const server = require("node:net").createServer();
  server.listen({ port: Number(process.argv[1]), host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** Opens one, on a port of its own or on this one. Resolves when connections to it are no longer made. */
export async function openBlackHole(atPort = 0): Promise<BlackHole> {
  const child = spawn(process.execPath, ["-e", program, String(atPort)], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(child.stdout, "data")).map(Number);
  if (port === undefined) throw new Error("The black hole told no port.");
  const sockets: Socket[] = [];
  for (let isFull = false; !isFull; ) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    isFull = await Promise.race([
      once(socket, "connect").then(() => false),
      new Promise<boolean>((resolve) => setTimeout(resolve, 500, true)),
    ]);
  }
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}
