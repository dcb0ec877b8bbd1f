import { type Audit, type AuditResult, serverAudits } from "graphql-http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProvider, type TestProvider } from "../support/provider.ts";
import { startServer, type TestServer } from "../support/server.ts";

let provider: TestProvider;
let server: TestServer;
beforeAll(async () => {
  provider = await startProvider();
  server = await startServer({ issuer: provider.issuer });
});
afterAll(async () => {
  await server.stop();
  await provider.stop();
});

/** Recommendations that are not followed, by the audits' permanent ids. */
const notFollowed: Readonly<Record<string, string>> = {
  "572B": "Apollo Server answers 400 to a document that cannot be parsed, in both media types.",
  FDE2: "Apollo Server answers 400 to a document that is not valid, in both media types.",
  "7B9B": "Apollo Server answers 400 to variables of a wrong type, in both media types.",
};

const fetchWithCsrfHeader = async (url: string, init: RequestInit = {}): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set("apollo-require-preflight", "true");
  return fetch(url, { ...init, headers });
};

const audits = serverAudits({ url: () => `${server.url}/graphql`, fetchFn: fetchWithCsrfHeader });

async function run({ fn }: Audit): Promise<AuditResult> {
  const result = await fn();
  if (result.status !== "ok" && !result.response.bodyUsed) await result.response.text();
  return result;
}

function describeFailure(result: AuditResult): string | undefined {
  return result.status === "ok" ? undefined : `${result.reason} (status ${result.response.status})`;
}

const levelOf = ({ name }: Audit): string => name.split(" ", 1)[0] ?? "";

for (const audit of audits.filter(({ id }) => !(id in notFollowed))) {
  test(`audit ${audit.id} passes: the server ${audit.name}`, async () => {
    expect(describeFailure(await run(audit))).toBeUndefined();
  });
}

for (const audit of audits.filter(({ id }) => id in notFollowed)) {
  test(`audit ${audit.id} is not followed: the server ${audit.name}`, async () => {
    expect(describeFailure(await run(audit)), "It passes: take it off the list.").toBeDefined();
  });
}

test("every audit that is not followed is a recommendation, and its reason is given", () => {
  const recommended = audits.filter((audit) => levelOf(audit) === "SHOULD").map(({ id }) => id);
  expect(recommended).toEqual(expect.arrayContaining(Object.keys(notFollowed)));
  expect(Object.values(notFollowed)).not.toContain("");
});

test("the audits are of every level of RFC 2119 that they may have", () => {
  expect(new Set(audits.map(levelOf))).toEqual(new Set(["MUST", "SHOULD", "MAY"]));
});
