import { deepStrictEqual } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fastify, { type FastifyInstance, type LightMyRequestResponse } from "fastify";
import type { AuthenticatorState } from "../../src/authentication/authenticator-state.ts";
import type { Authentication } from "../../src/authentication/principal.ts";
import { registerGraphQL } from "../../src/server/graphql.ts";
import { createRequestRecord, type RequestRecord, recordRefusal } from "../../src/server/request-record.ts";
import { anonymous } from "../../src/testing.ts";
import { add, type Distribution } from "./distribution.ts";
import type { Case } from "./generation/case.ts";
import { buildProduct, toAuthentication } from "./product.ts";

/** What has to be seen of answers. */
export const answerKinds: readonly string[] = [
  "past Apollo Server",
  "past Apollo Server, with errors",
  "past Apollo Server, with refusals",
  "left to Apollo Server",
];

/** No document that is generated comes near. */
const most = 1_000_000;
const limits = { depth: most, aliases: most, directives: most, rootFields: most, tokens: most };

/** Serves a case, sends each execution so that Apollo Server answers, and twice so that it need not, and compares. */
export async function compareAnswers({ sdl, dataset, documents }: Case, seen: Distribution): Promise<void> {
  const calls: string[] = [];
  const schema = buildProduct(sdl, dataset, { served: calls, onRefusal: recordRefusal });
  const served = await serve(schema);
  /** All that can be seen of an answer. */
  async function ask(contentType: string, payload: object): Promise<object> {
    calls.length = 0;
    const { statusCode, headers, body } = await send(served.server, contentType, payload);
    const { date, ...others } = headers;
    const { id, ...record } = served.record();
    return { statusCode, headers: others, body, calls: [...calls], record };
  }
  try {
    // Its Accept header is to be known.
    await ask("application/json", { query: "{ __typename }" });
    for (const { text, executions } of documents) {
      for (const { operationName, variables, caller } of executions) {
        // JSON does not know of every number.
        if (!isDeepStrictEqual(JSON.parse(JSON.stringify(variables)), variables)) continue;
        const payload = { query: text, operationName, variables };
        served.setCaller(toAuthentication(caller));
        const expected = await ask("application/json;charset=utf-8", payload);
        const before = served.countOfApollo();
        deepStrictEqual(await ask("application/json", payload), expected);
        deepStrictEqual(await ask("application/json; charset=utf-8", payload), expected);
        count(seen, served.countOfApollo() - before, expected as { body: string });
      }
    }
  } finally {
    await served.stop();
  }
}

interface Served {
  readonly server: FastifyInstance;
  readonly setCaller: (caller: Authentication) => void;
  /** Of the last request. */
  readonly record: () => RequestRecord;
  /** How often Apollo Server was asked to answer. */
  readonly countOfApollo: () => number;
  readonly stop: () => Promise<void>;
}

async function serve(schema: Parameters<typeof registerGraphQL>[1]["schema"]): Promise<Served> {
  let caller: Authentication = anonymous();
  let record = createRequestRecord("none", "127.0.0.1");
  const server = fastify();
  server.decorateRequest("record");
  server.addHook("onRequest", async (request) => {
    record = createRequestRecord(request.id, request.ip);
    request.record = record;
  });
  const readState = (): AuthenticatorState => ({ lookUps: 0, verifications: 0, issuers: [] });
  const authenticate = Object.assign(async () => caller, { prepare: async () => {}, readState });
  const apollo = await registerGraphQL(server, {
    schema,
    plansQueries: true,
    authenticate,
    countRequest: Object.assign(async () => {}, { refuseUnknown: () => {} }),
    limits,
    isProduction: false,
    sendIde: undefined,
    persistedQueries: undefined,
  });
  const execute = apollo.executeHTTPGraphQLRequest.bind(apollo);
  let count = 0;
  apollo.executeHTTPGraphQLRequest = (request) => {
    count += 1;
    return execute(request);
  };
  return {
    server,
    setCaller: (next) => {
      caller = next;
    },
    record: () => record,
    countOfApollo: () => count,
    stop: async () => {
      await server.close();
      await apollo.stop();
    },
  };
}

function send(server: FastifyInstance, contentType: string, payload: object): Promise<LightMyRequestResponse> {
  const headers = { "content-type": contentType };
  return server.inject({ method: "POST", url: "/graphql", headers, payload: JSON.stringify(payload) });
}

function count(seen: Distribution, ofApollo: number, { body }: { readonly body: string }): void {
  add(seen, ofApollo > 0 ? "left to Apollo Server" : "past Apollo Server");
  if (ofApollo > 0) return;
  if (body.startsWith('{"errors"')) add(seen, "past Apollo Server, with errors");
  if (/"code":"(UNAUTHENTICATED|FORBIDDEN|SERVICE_UNAVAILABLE)"/.test(body)) {
    add(seen, "past Apollo Server, with refusals");
  }
}
