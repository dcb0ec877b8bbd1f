import { type ServerOptions, type ServerProcess, startServer } from "../servers/server-process.ts";
import { type Connection, createConnection, toRequest } from "./connection.ts";

/** A server that requests are sent to, and the answer that each of them must get. */
export interface Target {
  readonly name: string;
  /** Whether it guards nothing, and only shows what the rest costs. */
  readonly isFloor: boolean;
  readonly server: ServerProcess;
  readonly connections: readonly Connection[];
  /** Sent in turn. */
  readonly requests: readonly string[];
  /** The answer's data, as JSON. */
  readonly data: string;
  readonly stop: () => Promise<void>;
}

/** What a target is made of. */
export interface TargetOptions extends ServerOptions {
  readonly name: string;
  readonly isFloor?: boolean;
  readonly queries: readonly string[];
  readonly tokens: readonly (string | undefined)[];
  readonly connections: number;
}

/** Starts a server and asks it once. Queries and tokens are combined in turn, and must all get the same answer. */
export async function startTarget(options: TargetOptions): Promise<Target> {
  const { name, isFloor = false, queries, tokens, connections: count } = options;
  const server = await startServer(options);
  const connections = Array.from({ length: count }, () => createConnection(server.port));
  const length = Math.max(queries.length, tokens.length);
  const requests = Array.from({ length }, (_, index) =>
    toRequest(queries[index % queries.length] ?? "", tokens[index % tokens.length]),
  );
  const target: Omit<Target, "data"> = {
    name,
    isFloor,
    server,
    connections,
    requests,
    stop: async () => {
      for (const connection of connections) connection.close();
      await server.stop();
    },
  };
  try {
    return { ...target, data: await readData(target) };
  } catch (error) {
    await target.stop();
    throw error;
  }
}

/** Asks a target once. Throws unless the answer is data and no error. */
async function readData({ name, connections, requests }: Omit<Target, "data">): Promise<string> {
  const { status, body } = (await connections[0]?.send(requests[0] ?? "")) ?? { status: 0, body: "" };
  const { data, errors } = status === 200 ? JSON.parse(body) : { data: undefined, errors: undefined };
  if (data === undefined || errors !== undefined) throw new Error(`${name} answers ${status} ${body.slice(0, 200)}`);
  return JSON.stringify(data);
}

/**
 * Throws unless all targets answer with the same data and, all but the floors, give none of it to a caller without a
 * token. `leak` is text of the data that an answer to nobody must not have.
 */
export async function assertAlike(targets: readonly Target[], query: string, leak: string): Promise<void> {
  const request = toRequest(query, undefined);
  for (const { name, connections, data, isFloor } of targets) {
    if (data !== targets[0]?.data) throw new Error(`${name} answers otherwise than ${targets[0]?.name}.`);
    if (!data.includes(leak)) throw new Error(`${name} answers without "${leak}".`);
    if (isFloor) continue;
    const answer = await connections[0]?.send(request);
    if (answer?.body.includes(leak) !== false) throw new Error(`${name} gives its data to a caller without a token.`);
  }
}

/** Sends so many requests over all connections at once. Throws when an answer is not the target's. */
export async function sendRequests({ name, connections, requests, data }: Target, count: number): Promise<void> {
  let sent = 0;
  async function sendInTurn(connection: Connection): Promise<void> {
    while (sent < count) {
      const request = requests[sent % requests.length] ?? "";
      sent += 1;
      const { status, body } = await connection.send(request);
      if (status !== 200 || !body.includes(data)) throw new Error(`${name} answers ${status} ${body.slice(0, 200)}`);
    }
  }
  await Promise.all(connections.map(sendInTurn));
}

/** The processor time that the server's process, all its threads together, takes for one request, in microseconds. */
export async function measureCpuUs(target: Target, count: number): Promise<number> {
  // Connections that were closed meanwhile are opened, and caches filled again, before it counts.
  await sendRequests(target, target.connections.length);
  const sleep = stayAwake();
  try {
    const before = await target.server.readUsage();
    await sendRequests(target, count);
    const after = await target.server.readUsage();
    return (after.cpuUs - before.cpuUs) / count;
  } finally {
    sleep();
  }
}

/**
 * Keeps this process from sleeping until the function that it returns is called. Whoever answers a process that sleeps
 * has to wake it, which on a virtual machine takes some 20 µs, as long as all of a bare answer: a server that keeps the
 * load generator busy would hardly pay for that, and all others would.
 */
function stayAwake(): () => void {
  let isAwake = true;
  const turn = (): void => {
    if (isAwake) setImmediate(turn);
  };
  turn();
  return () => {
    isAwake = false;
  };
}
