import { describe, expect, test } from "vitest";
import { parseBearer } from "../src/authentication/bearer.ts";

const parse = (authorization: string | undefined): unknown => parseBearer({ headers: { authorization } });

describe("parseBearer", () => {
  test.each([
    ["Bearer abc", "abc"],
    ["bearer abc", "abc"],
    ["BEARER abc", "abc"],
    ["Bearer    abc", "abc"],
    ["Bearer aZ09-._~+/==", "aZ09-._~+/=="],
    [`Bearer ${"a".repeat(8192)}`, "a".repeat(8192)],
  ])("finds the token in %j", (header, token) => {
    expect(parse(header)).toEqual({ kind: "token", token });
  });

  test.each([
    [undefined],
    [""],
    ["Basic abc"],
    ["DPoP abc"],
    ["Bearer:"],
    ["Bearer:abc"],
    ["Bearerabc"],
    ["abc"],
    ["Bear"],
  ])("finds no bearer token in %j", (header) => {
    expect(parse(header)).toEqual({ kind: "none" });
  });

  test.each([
    ["Bearer"],
    ["Bearer "],
    ["Bearer a b"],
    ["Bearer a, Bearer b"],
    ["Bearer\tabc"],
    ["Bearer\u00a0abc"],
    ["Bearer abc "],
    ["Bearer =abc"],
    ["Bearer a=b"],
    ["Bearer a\u00e9"],
    ['Bearer "abc"'],
    [`Bearer ${"a".repeat(8193)}`],
  ])("finds %j malformed", (header) => {
    expect(parse(header)).toEqual({ kind: "malformed" });
  });

  test("finds what is no text malformed, whoever put it there", () => {
    expect(parse(["Bearer a"] as unknown as string)).toEqual({ kind: "malformed" });
  });

  test("sees a repeated header through the raw ones, whatever the schemes and the case of the name", () => {
    const headers = { authorization: "Bearer abc" };
    const rawHeaders = ["Authorization", "Bearer abc", "authorization", "Basic x"];
    expect(parseBearer({ headers, rawHeaders })).toEqual({ kind: "malformed" });
    const other = ["Authorization", "Bearer abc", "X-Note", "authorization"];
    expect(parseBearer({ headers, rawHeaders: other })).toEqual({ kind: "token", token: "abc" });
  });
});
