import { expect, onTestFinished, test, vi } from "vitest";
import { ask } from "../support/both-ways.ts";
import { startStage } from "../support/stage.ts";

test("plugins of Apollo's beside this server's own are told of every request", async () => {
  const willSendResponse = vi.fn(async () => {});
  const plugins = [{ requestDidStart: async () => ({ willSendResponse }) }];
  const { server, stop } = await startStage({ typeDefs: "type Query { open: Int }", plugins });
  onTestFinished(stop);
  const request = { body: { query: "{ open }" } };
  for (const round of [1, 2, 3]) {
    expect((await ask(server, request)).body).toEqual({ data: { open: null } });
    expect(willSendResponse).toHaveBeenCalledTimes(round);
  }
});
