import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { audience } from "../support/provider.ts";
import { sendRaw } from "../support/raw-request.ts";
import { withoutCallers } from "../support/request-lines.ts";
import { listSecrets } from "../support/secrets.ts";
import type { Answer } from "../support/server.ts";
import { clientSecret, type Stage, type StageOptions, startStage } from "../support/stage.ts";
import { algorithmAttacks } from "./algorithm.ts";
import { answerAttacks } from "./answer.ts";
import { type Attack, privateQuery, startCalls } from "./attack.ts";
import { claimAttacks } from "./claim.ts";
import { dpopAttacks } from "./dpop.ts";
import { formAttacks } from "./form.ts";
import { headerAttacks } from "./header.ts";
import { introspectionAttacks } from "./introspection.ts";
import { keyAttacks } from "./key.ts";
import { keySetAttacks } from "./key-set.ts";
import { type Expected, toOutcome } from "./outcomes.ts";
import { scopeAttacks } from "./scope.ts";

const groups = [
  ...headerAttacks,
  ...formAttacks,
  ...algorithmAttacks,
  ...keyAttacks,
  ...claimAttacks,
  ...scopeAttacks,
  ...keySetAttacks,
  ...introspectionAttacks,
  ...dpopAttacks,
  ...answerAttacks,
];

test("every id is used once", () => {
  const ids = groups.flatMap(({ attacks }) => attacks.map(({ id }) => id));
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

describe.each(groups)("on $options.env", ({ attacks, options }) => {
  let shared: Stage;
  beforeAll(async () => {
    shared = await startStage(options);
    await settle(shared, options);
  });
  afterAll(async () => {
    await shared.stop();
    // What is fetched behind an answer's back is found here, if nowhere else.
    const expectedPaths = attacks.flatMap(({ calls = {} }) => Object.keys(calls));
    expect([...Object.keys(startCalls), "/introspect", ...expectedPaths]).toEqual(
      expect.arrayContaining([...shared.provider.calls.keys()]),
    );
  });

  test.each(attacks.map((attack) => [attack.id, attack.title, attack] as const))(
    "%s: %s",
    async (_id, _title, attack) => {
      if (attack.on === undefined) return play(attack, shared);
      const own = await startStage({ ...options, ...attack.on });
      return play(attack, own, new Map(), 0).finally(own.stop);
    },
  );
});

/** Waits until the server has asked for what it needs, so that each case counts its own calls only. */
async function settle({ provider }: Stage, { env }: StageOptions): Promise<void> {
  const last = env?.["AUTH_METHOD"] === "introspection" ? "/.well-known/openid-configuration" : "/jwks";
  await vi.waitFor(() => expect(provider.calls.get(last)).toBe(1), patience);
}

async function play(
  { send, expected, calls = {}, logged, on }: Attack,
  stage: Stage,
  callsBefore: ReadonlyMap<string, number> = new Map(stage.provider.calls),
  logsBefore = stage.server.logs.length,
): Promise<void> {
  const sent = await send(stage);
  const attempt = typeof sent === "string" ? { lines: [`Authorization: Bearer ${sent}`] } : sent;
  const answer = await sendRaw({ body: JSON.stringify({ query: privateQuery }), ...attempt, url: stage.server.url });
  const logs = withoutCallers(stage.server.logs.slice(logsBefore));

  expectOutcome(answer, expected);
  expectNothingTold([answer.text, JSON.stringify([...answer.headers]), ...logs], stage, attempt.lines);
  // The server's start may still be under way when it answers.
  if (logged) await expect.poll(() => stage.server.logs.slice(logsBefore).join(""), patience).toMatch(logged);
  if (on) await expect.poll(() => countCalls(stage, callsBefore), patience).toEqual(calls);
  else expect(countCalls(stage, callsBefore)).toEqual(calls);
}

const patience = { timeout: 10_000 };

function countCalls({ provider }: Stage, before: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  const asked = [...provider.calls].map(([path, count]) => [path, count - (before.get(path) ?? 0)] as const);
  return Object.fromEntries(asked.filter(([, count]) => count > 0));
}

function expectOutcome({ status, headers, body, text }: Answer, expected: Expected): void {
  const { data, challenge, retryAfter, errors = data ? undefined : 1, ...outcome } = toOutcome(expected);
  const { code, ...rest } = body?.errors?.[0]?.extensions ?? {};
  expect({ status, code, ...rest }, text).toEqual(outcome);
  expect(headers.get("www-authenticate")).toBe(challenge ?? null);
  expect(headers.get("retry-after")).toBe(retryAfter ?? null);
  expect(headers.get("content-type")).toMatch(/^application\/(graphql-response\+)?json(;|$)/);
  expect(body.data).toEqual(data);
  expect(body.errors?.length).toBe(errors);
}

/** What answers say to everybody. */
const publicWords = ["Bearer", "bearer", "access token", "oauth-protected-resource", "read:admin-messages"];

/** Nothing of what was sent, of our credentials, or of what the provider said, but what is public anyway. */
function expectNothingTold(texts: readonly string[], stage: Stage, lines: readonly string[]): void {
  const known = [stage.provider.issuer, audience, ...publicWords];
  const secrets = listSecrets(lines, (secret) => known.some((text) => text.includes(secret)));
  const basic = Buffer.from(`client-id-mark:${clientSecret}`).toString("base64");
  // Whatever a stage's provider, keys and claims have to hide has a '-mark' in it.
  for (const secret of [...secrets, basic, "-mark"]) {
    expect(
      texts.filter((text) => text.includes(secret)),
      `'${secret}' is told`,
    ).toEqual([]);
  }
}
