import { expect } from "vitest";
import type { Answer } from "../support/server.ts";

/** Expects that an answer tells a client in words what is wrong, and nobody what is inside the server. */
export function expectRefusal({ status, headers, body, text }: Answer, expected: number, words: RegExp = /./): void {
  expect({ status, text }).toMatchObject({ status: expected });
  expect(headers.get("content-type")).toMatch(/^application\/(graphql-response\+)?json(;|$)/);
  expect(body).toHaveProperty("errors");
  expect(body.errors[0].message).toMatch(words);
  expect(body).not.toHaveProperty("data");
  expectNothingInside(text);
}

/** Expects no stack trace and no path of a file. */
export function expectNothingInside(text: string): void {
  expect(text).not.toMatch(/node_modules|stacktrace|"stack"|\bat \S+ \(|file:|\.[cm]?[jt]s\b/i);
}
