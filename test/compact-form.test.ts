import { describe, expect, test } from "vitest";
import { parseCompactForm } from "../src/authentication/compact-form.ts";

const encode = (text: string | Buffer): string => Buffer.from(text).toString("base64url");
const header = encode('{"alg":"RS256"}');
const payload = encode('{"sub":"x"}');
const signature = encode("signature");
const good = `${header}.${payload}.${signature}`;

describe("parseCompactForm", () => {
  test("takes a token apart", () => {
    expect(parseCompactForm(good)).toMatchObject({
      unverifiedHeader: { alg: "RS256" },
      unverifiedClaims: { sub: "x" },
    });
  });

  test.each([
    ["two parts", `${header}.${payload}`],
    ["four parts", `${good}.${signature}`],
    ["five parts, as an encrypted token has", `${good}.${signature}.${signature}`],
    ["no signature", `${header}.${payload}.`],
    ["padding", `${header}=.${payload}.${signature}`],
    ["white space", `${header}.${payload} .${signature}`],
    ["the characters of base64", `${header}.${payload}.ab+/`],
    ["stray bits in a last character", `${header}.${payload}.AB`],
    ["a header that is no object", `${encode('"RS256"')}.${payload}.${signature}`],
    ["a payload that is a list", `${header}.${encode("[]")}.${signature}`],
    ["a payload that is no JSON", `${header}.${encode("sub=x")}.${signature}`],
    ["a payload that is not UTF-8", `${header}.${encode(Buffer.from([123, 34, 0xff, 34, 58, 49, 125]))}.${signature}`],
    ["nothing", ""],
  ])("refuses %s", (_, token) => {
    expect(parseCompactForm(token)).toBeUndefined();
  });
});
