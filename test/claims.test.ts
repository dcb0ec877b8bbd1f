import { describe, expect, test } from "vitest";
import { checkClaims, isOtherTokenType, toScopes } from "../src/authentication/claims.ts";
import { createPrincipal } from "../src/authentication/principal.ts";

const now = 1_000_000;
const rules = { issuer: "https://issuer/", audiences: ["a", "b"], clockToleranceS: 5, required: ["iss", "aud", "exp"] };
const good = { iss: "https://issuer/", aud: "a", exp: now + 60, sub: "x" };

describe("checkClaims", () => {
  test.each([
    [good],
    [{ ...good, aud: ["z", "b"] }],
    [{ ...good, sub: undefined }],
    [{ ...good, nbf: now + 5, iat: now + 5, exp: now - 4 }],
    [{ ...good, client_id: "c", azp: "c" }],
  ])("accepts %j", (claims) => {
    expect(checkClaims(claims, rules, now)).toBeUndefined();
  });

  test.each([
    [{ iss: "https://issuer" }],
    [{ iss: undefined }],
    [{ iss: ["https://issuer/"] }],
    [{ aud: "z" }],
    [{ aud: [] }],
    [{ aud: ["a", 1] }],
    [{ aud: { a: 1 } }],
    [{ aud: undefined }],
    [{ exp: undefined }],
    [{ exp: null }],
    [{ exp: "9999999999" }],
    [{ exp: Number.POSITIVE_INFINITY }],
    [{ nbf: now + 6 }],
    [{ nbf: "0" }],
    [{ iat: now + 6 }],
    [{ sub: "" }],
    [{ sub: 7 }],
    [{ sub: "x".repeat(1025) }],
    [{ client_id: 7 }],
    [{ azp: {} }],
    [{ exp: now - 60, aud: "z" }],
  ])("refuses claims with %j", (claims) => {
    expect(checkClaims({ ...good, ...claims }, rules, now)).toBe("invalid_claims");
  });

  test("says expired only when nothing else is wrong", () => {
    expect(checkClaims({ ...good, exp: now - 5 }, rules, now)).toBe("token_expired");
  });

  test("leaves alone that a token is bound to a key", () => {
    expect(checkClaims({ ...good, cnf: { jkt: "x" } }, rules, now)).toBeUndefined();
  });

  test("takes any audience where none is configured, in the right form only", () => {
    const any = { ...rules, audiences: [], required: [] };
    expect(checkClaims({ aud: "z" }, any, now)).toBeUndefined();
    expect(checkClaims({}, any, now)).toBeUndefined();
    expect(checkClaims({ aud: 7 }, any, now)).toBe("invalid_claims");
  });
});

describe("toScopes", () => {
  test.each([
    ["a string at its spaces", { scope: "a  b\tc" }, ["a", "b\tc"]],
    ["the strings of a list, as they are", { scope: ["a b", 1, null, "c"] }, ["a b", "c"]],
    ["the keys of an object, whatever their values", { scope: { a: { org: 1 }, b: false } }, ["a", "b"]],
    ["nothing of other values", { scope: 7 }, []],
    ["nothing of claims that were not named", { other: "a" }, []],
    ["nothing that every object inherits", JSON.parse('{"scope": {}}'), []],
  ])("grants %s", (_, claims, scopes) => {
    expect(toScopes(claims, ["scope"])).toEqual(scopes);
  });

  test("joins several claims and reads only a token's own", () => {
    expect(toScopes({ scope: "a", permissions: ["b"] }, ["scope", "scp", "permissions", "constructor"])).toEqual([
      "a",
      "b",
    ]);
  });
});

describe("createPrincipal", () => {
  const nested = { deep: { list: [{ x: 1 }] } };
  const principal = createPrincipal({ ...good, client_id: "c", azp: "z", nested }, good.iss, ["a"]);

  test("names subject, client, issuer and expiry", () => {
    expect(principal).toMatchObject({ subject: "x", clientId: "c", issuer: good.iss, expiresAtSeconds: now + 60 });
    expect(createPrincipal({ azp: "z" }, good.iss, [])).toMatchObject({ subject: undefined, clientId: "z" });
  });

  test("cannot be changed at any depth", () => {
    const scopes = principal.scopes as Set<string>;
    expect(() => scopes.add("admin")).toThrow(TypeError);
    expect(() => scopes.delete("a")).toThrow(TypeError);
    expect(() => scopes.clear()).toThrow(TypeError);
    expect([...scopes]).toEqual(["a"]);
    expect(() => Object.assign(principal, { subject: "y" })).toThrow(TypeError);
    expect(() => Object.assign(nested.deep.list[0] ?? {}, { x: 2 })).toThrow(TypeError);
  });

  test("takes claims of any depth", () => {
    const deep = JSON.parse(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    expect(Object.isFrozen(createPrincipal(deep, good.iss, []).claims["a"])).toBe(true);
  });
});

test.each<[unknown, boolean]>([
  [undefined, false],
  ["Bearer", false],
  ["at+jwt", false],
  ["access_token", false],
  ["urn:ietf:params:oauth:token-type:access_token", false],
  ["id_token", true],
  ["ID", true],
  ["Refresh", true],
  ["refresh-token", true],
  ["urn:ietf:params:oauth:token-type:id_token", true],
  ["Logout", true],
  [["refresh_token"], true],
  [7, true],
])("%j names another token than an access token: %s", (value, isOther) => {
  expect(isOtherTokenType(value)).toBe(isOther);
});
