import { hash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { parseBearer, parseCredentials } from "../src/authentication/bearer.ts";

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
    expect(parse(header)).toEqual({ kind: "token", token, digest: hash("sha256", token, "base64") });
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
    expect(parseBearer({ headers, rawHeaders: other })).toMatchObject({ kind: "token", token: "abc" });
  });
});

describe("on one connection", () => {
  const socket = {};
  const ask = (authorization: string, on: object | null = socket): unknown =>
    parseBearer({ headers: { authorization }, socket: on });

  test("the header that came last is read once", () => {
    const first = ask("Bearer abc");
    expect(ask("Bearer abc")).toBe(first);
    expect(ask("Bearer abc", {})).not.toBe(first);
    expect(ask("Bearer abc", null)).not.toBe(first);
  });

  test("a long one is read each time, so that connections that wait take little", () => {
    const toHeader = (length: number): string => `Bearer ${"a".repeat(length - 7)}`;
    expect(ask(toHeader(2048))).toBe(ask(toHeader(2048)));
    expect(ask(toHeader(2049))).not.toBe(ask(toHeader(2049)));
    expect(ask(`Bearer ${" ".repeat(2048)}a`)).not.toBe(ask(`Bearer ${" ".repeat(2048)}a`));
  });

  test("what was read is forgotten with it", () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const forgotten = new WeakRef(ask("Bearer abc", {}) as object);
    const kept = new WeakRef(ask("Bearer abd") as object);
    // What a WeakRef refers to stays until the job that made it is over.
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      collect();
      expect([forgotten.deref(), kept.deref() !== undefined]).toEqual([undefined, true]);
    });
  });

  test.each([["a text"], [7], [true], [Symbol("socket")], [null]])("that is none, but %s, nothing is kept", (on) => {
    expect(ask("Bearer abc", on as never)).toEqual(parse("Bearer abc"));
  });

  test("each header is what it is, whichever came before it", () => {
    const headers = ["Bearer abc", "Bearer abd", "Bearer ab", "bearer abc", "Bearer  abc", "Bearer abc", "Bearer a b"];
    for (const header of [...headers, "Basic abc", "", ...headers.toReversed()]) {
      expect(ask(header)).toEqual(parse(header));
    }
  });

  test("a token of one scheme is none of the other's", () => {
    for (const scheme of ["DPoP", "Bearer", "DPoP"] as const) {
      const request = { headers: { authorization: `${scheme} abc` }, socket };
      const own = parseCredentials(request, scheme);
      expect(own).toMatchObject({ kind: "token", token: "abc" });
      expect(parseCredentials(request, scheme)).toBe(own);
      expect(parseCredentials(request, scheme === "DPoP" ? "Bearer" : "DPoP")).toEqual({ kind: "none" });
    }
  });

  test("a header that is repeated is malformed also when its first value is known", () => {
    ask("Bearer abc");
    const rawHeaders = ["Authorization", "Bearer abc", "Authorization", "Bearer abc"];
    expect(parseBearer({ headers: { authorization: "Bearer abc" }, rawHeaders, socket })).toEqual({
      kind: "malformed",
    });
  });
});
