import { expect } from "vitest";
import { withoutCallers } from "../support/request-lines.ts";
import type { Answer } from "../support/server.ts";
import type { Stage } from "../support/stage.ts";

const bothQuery = "{ publicMessage { message } privateMessage { message } }";

/** Expects an outage to be called one: what is public is readable, and the rest is neither granted nor a caller's fault. */
export async function expectOutage(stage: Stage, token: string): Promise<void> {
  const alone = await ask(stage, token);
  expect([alone.status, alone.headers.get("retry-after"), alone.headers.get("www-authenticate")]).toEqual([
    503,
    "5",
    null,
  ]);
  expect(alone.body).not.toHaveProperty("data");
  const both = await stage.server.query(bothQuery, { token });
  expect(both.status).toBe(200);
  expect(both.body.data).toEqual({ publicMessage: { message: expect.any(String) }, privateMessage: null });
  for (const { body, text } of [alone, both]) {
    expect(text).not.toContain("-mark");
    expect(body.errors.map(({ extensions }: { extensions: object }) => extensions)).toEqual([
      { code: "SERVICE_UNAVAILABLE", reason: "provider_unavailable" },
    ]);
  }
  expectNothingTold(stage, [token]);
}

/** Expects that a good token is served, whatever its provider is up to. */
export async function expectService(stage: Stage, token: string): Promise<void> {
  const { status, body } = await ask(stage, token);
  expect({ status, errors: body.errors }).toEqual({ status: 200 });
  expect(body.data.privateMessage.message).toBe("The API successfully validated your access token.");
  expectNothingTold(stage, [token]);
}

/** Expects a token to be refused as bad: what an outage must not hide either. */
export async function expectRefused(stage: Stage, token: string, reason: string): Promise<void> {
  const { status, body, headers } = await ask(stage, token);
  expect([status, body.errors[0].extensions.reason]).toEqual([401, reason]);
  expect(headers.get("www-authenticate")).toContain("Bearer ");
}

export function ask({ server }: Stage, token: string): Promise<Answer> {
  return server.query("{ privateMessage { message } }", { token });
}

/** How many answers came with each status. */
export async function countStatuses(answers: readonly Promise<Answer>[]): Promise<Readonly<Record<number, number>>> {
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Nothing of a token, nor of what provider, keys and claims have to hide, which has a '-mark' in it. */
export function expectNothingTold({ server }: Stage, tokens: readonly string[]): void {
  const logs = withoutCallers(server.logs).join("");
  expect(logs).not.toContain("-mark");
  for (const part of tokens.flatMap((token) => token.split("."))) expect(logs).not.toContain(part);
}
