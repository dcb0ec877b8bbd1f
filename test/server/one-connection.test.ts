import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { startStage } from "../support/stage.ts";

const query = "{ privateMessage { message } adminMessage { message } }";

test("callers that share a connection, as behind a proxy, get each what is theirs", async () => {
  const stage = await startStage();
  onTestFinished(stage.stop);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ports = new Set<number | undefined>();

  async function ask(token?: string): Promise<unknown> {
    const headers = {
      accept: "application/json",
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(`${stage.server.url}/graphql`, { method: "POST", agent, headers }, (answer) => {
        ports.add(answer.socket.localPort);
        resolve(answer);
      });
      sent.on("error", reject).end(JSON.stringify({ query }));
    });
    const { data, errors = [] } = JSON.parse(await text(response));
    const codes = errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code);
    return { admin: data?.adminMessage != null, user: data?.privateMessage != null, codes };
  }

  const admin = stage.sign({ sub: "admin", scope: "read:admin-messages" });
  const user = stage.sign({ sub: "user" });
  const expected = {
    admin: { admin: true, user: true, codes: [] },
    user: { admin: false, user: true, codes: ["FORBIDDEN"] },
    nobody: { admin: false, user: false, codes: ["UNAUTHENTICATED", "UNAUTHENTICATED"] },
  };
  for (let turn = 0; turn < 2; turn += 1) {
    expect(await ask(admin)).toEqual(expected.admin);
    expect(await ask(admin)).toEqual(expected.admin);
    expect(await ask(user)).toEqual(expected.user);
    expect(await ask(`${admin}x`)).toMatchObject({ admin: false, user: false });
    expect(await ask()).toEqual(expected.nobody);
  }
  expect(ports.size).toBe(1);
});
