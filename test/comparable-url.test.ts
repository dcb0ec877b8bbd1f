import { describe, expect, test } from "vitest";
import { toComparableUrl } from "../src/authentication/comparable-url.ts";

describe("of two URLs for one resource", () => {
  test.each([
    ["HTTPS://API.Example.COM/graphql"],
    ["https://api.example.com:443/graphql"],
    ["https://api.example.com/graphql?query=x#part"],
    ["https://api.example.com/./a/../graphql"],
    ["https://api.example.com/%67raph%71l"],
    ["https://api.example.com/%2e/graphql"],
  ])("%s is the same as the plain one", (url) => {
    expect(toComparableUrl(url)).toBe("https://api.example.com/graphql");
  });

  test("an empty path is the root, and escapes are in capitals", () => {
    expect(toComparableUrl("https://a")).toBe("https://a/");
    expect(toComparableUrl("https://a/%c3%a4%2fb")).toBe("https://a/%C3%A4%2Fb");
  });
});

test.each([
  ["https://api.example.com/graphql/"],
  ["https://api.example.com/GraphQL"],
  ["https://api.example.com//graphql"],
  ["https://api.example.com/graph%2Fql"],
  ["http://api.example.com/graphql"],
  ["https://api.example.com:8443/graphql"],
  ["https://api.example.com./graphql"],
])("%s is another resource", (url) => {
  expect(toComparableUrl(url)).toBeDefined();
  expect(toComparableUrl(url)).not.toBe("https://api.example.com/graphql");
});

test.each([
  [undefined],
  [7],
  [""],
  ["/graphql"],
  ["ftp://api.example.com/graphql"],
  ["https:api.example.com/graphql"],
  ["https:/api.example.com/graphql"],
  ["https:///api.example.com/graphql"],
  ["https:\\\\api.example.com/graphql"],
  ["https://api.example.com\\graphql"],
  ["https://?"],
  [" https://api.example.com/graphql"],
  ["https://api.example.com/graphql\t"],
  ["https://api.example.com/graphql\u0001"],
  ["https://api.example.com/gr\u00e4ph"],
  ["https://user@api.example.com/graphql"],
  ["https://:secret@api.example.com/graphql"],
  ["https://api.example.com:99999/graphql"],
])("%j is no URL to compare with", (url) => {
  expect(toComparableUrl(url)).toBeUndefined();
});
