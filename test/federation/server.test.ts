import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, startServer, type TestServer } from "../support/server.ts";
import { type Stage, startStage } from "../support/stage.ts";

let stage: Stage;
let plain: TestServer;
beforeAll(async () => {
  stage = await startStage({ env: { FEDERATION: "on" } });
  plain = await startServer({ issuer: stage.provider.issuer, clock: stage.clock });
});
afterAll(async () => {
  await plain.stop();
  await stage.stop();
});

const toComparable = ({ status, headers, body }: Answer): unknown => [status, headers.get("www-authenticate"), body];

test.each([
  "{ publicMessage { message } }",
  "{ privateMessage { message } }",
  "{ adminMessage { message } }",
  "{ publicMessage { message } privateMessage { message } adminMessage { message } }",
  "{ missing }",
])("FEDERATION=on changes no answer: %s", async (query) => {
  for (const token of ["", stage.sign(), stage.sign({ scope: "read:admin-messages" }), stage.sign({ aud: "other" })]) {
    const [subgraph, ordinary] = await Promise.all(
      [stage.server, plain].map((server) => server.query(query, { token })),
    );
    expect(subgraph && toComparable(subgraph)).toEqual(ordinary && toComparable(ordinary));
  }
});

test("_service needs no token, and says what each field requires", async () => {
  const { status, body } = await stage.server.query("{ _service { sdl } }");
  expect(status).toBe(200);
  expect(body.data._service.sdl).toContain("publicMessage: Message!\n");
  expect(body.data._service.sdl).toContain("privateMessage: Message @authenticated\n");
  expect(body.data._service.sdl).toContain(
    'adminMessage: Message @authenticated @requiresScopes(scopes: [["read:admin-messages"]])\n',
  );
});

test("a guarded field beside _service is refused as ever", async () => {
  const { status, body } = await stage.server.query("{ _service { __typename } privateMessage { message } }");
  expect(status).toBe(200);
  expect(body.data).toEqual({ _service: { __typename: "_Service" }, privateMessage: null });
  expect(body.errors).toMatchObject([{ path: ["privateMessage"], extensions: { code: "UNAUTHENTICATED" } }]);
});

test("without FEDERATION there is no _service", async () => {
  expect((await plain.query("{ _service { sdl } }")).status).toBe(400);
});

test("nobody is told how long fields took, who asks as a gateway does", async () => {
  const headers = { "apollo-federation-include-trace": "ftv1" };
  expect((await stage.server.query("{ publicMessage { message } }", { headers })).body.extensions).toBeUndefined();
});
