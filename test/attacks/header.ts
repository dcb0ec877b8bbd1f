import type { Stage } from "../support/stage.ts";
import { type Attack, type AttackGroup, type Attempt, group, privateQuery } from "./attack.ts";

type Lines = (good: string, stage: Stage) => readonly string[];

const sends =
  (lines: Lines, rest: Omit<Attempt, "lines"> = {}): Attack["send"] =>
  (stage) => ({ lines: lines(stage.sign(), stage), ...rest });

const attack = (id: string, title: string, expected: Attack["expected"], lines: Lines): Attack => ({
  id,
  title,
  expected,
  send: sends(lines),
});

const longest = "a".repeat(8192);

const usual = group([
  // No token: anything that does not claim to be one.
  attack("HEAD-01", "no Authorization header", "authorization_header_missing", () => []),
  attack("HEAD-02", "an empty header", "authorization_header_missing", () => ["Authorization:"]),
  attack("HEAD-03", "nothing but spaces", "authorization_header_missing", () => ["Authorization:    "]),
  attack("HEAD-04", "scheme Basic", "authorization_header_missing", () => [
    "Authorization: Basic dXNlcjpwYXNzd29yZA==",
  ]),
  attack("HEAD-05", "a good token under the scheme Token", "authorization_header_missing", (good) => [
    `Authorization: Token ${good}`,
  ]),
  attack("HEAD-06", "a good token under Bearer with a colon", "authorization_header_missing", (good) => [
    `Authorization: Bearer: ${good}`,
  ]),
  attack("HEAD-07", "a good token glued to the scheme", "authorization_header_missing", (good) => [
    `Authorization: Bearer${good}`,
  ]),
  attack("HEAD-08", "a good token without a scheme", "authorization_header_missing", (good) => [
    `Authorization: ${good}`,
  ]),
  attack("HEAD-09", "a good token under the scheme JWT", "authorization_header_missing", (good) => [
    `Authorization: JWT ${good}`,
  ]),
  attack("HEAD-10", "a scheme in letters that only look like Bearer", "authorization_header_missing", (good) => [
    `Authorization: ${Buffer.from("Ｂearer").toString("latin1")} ${good}`,
  ]),
  attack("HEAD-11", "a good token in other headers", "authorization_header_missing", (good) => [
    `Proxy-Authorization: Bearer ${good}`,
    `X-Authorization: Bearer ${good}`,
    `X-Forwarded-Authorization: Bearer ${good}`,
    `Authentication: Bearer ${good}`,
  ]),
  attack("HEAD-12", "a good token in a cookie", "authorization_header_missing", (good) => [
    `Cookie: access_token=${good}; Authorization=Bearer%20${good}`,
  ]),
  {
    id: "HEAD-13",
    title: "a good token in the URL (RFC 6750 section 2.3)",
    expected: "authorization_header_missing",
    send: (stage) => ({ lines: [], path: `/graphql?access_token=${stage.sign()}` }),
  },
  {
    id: "HEAD-14",
    title: "a good token in the body (RFC 6750 section 2.2)",
    expected: "authorization_header_missing",
    send: (stage) => {
      const token = stage.sign();
      const claimed = { access_token: token, authorization: `Bearer ${token}` };
      return { lines: [], body: JSON.stringify({ query: privateQuery, ...claimed, extensions: claimed }) };
    },
  },
  {
    id: "HEAD-15",
    title: "a good token in a GET's URL",
    expected: "authorization_header_missing",
    send: (stage) => ({
      lines: ["Apollo-Require-Preflight: 1"],
      method: "GET",
      path: `/graphql?query=${encodeURIComponent(privateQuery)}&access_token=${stage.sign()}`,
    }),
  },

  // Malformed: Bearer, and not exactly one token of b64token characters.
  attack("HEAD-20", "Bearer alone", "invalid_header", () => ["Authorization: Bearer"]),
  attack("HEAD-21", "Bearer and spaces", "invalid_header", () => ["Authorization: Bearer   "]),
  attack("HEAD-22", "two good tokens", "invalid_header", (good, { sign }) => [
    `Authorization: Bearer ${good} ${sign()}`,
  ]),
  attack("HEAD-23", "a good token and a word", "invalid_header", (good) => [`Authorization: Bearer ${good} x`]),
  attack("HEAD-24", "a list of tokens", "invalid_header", (good, { sign }) => [
    `Authorization: Bearer ${good},${sign()}`,
  ]),
  attack("HEAD-25", "a list of schemes", "invalid_header", (good) => [`Authorization: Bearer ${good}, Basic eDp5`]),
  attack("HEAD-26", "a tab for a space", "invalid_header", (good) => [`Authorization: Bearer\t${good}`]),
  attack("HEAD-27", "a space and a tab", "invalid_header", (good) => [`Authorization: Bearer \t${good}`]),
  attack("HEAD-28", "a no-break space for a space", "invalid_header", (good) => [`Authorization: Bearer\xa0${good}`]),
  attack("HEAD-29", "a no-break space after the space", "invalid_header", (good) => [
    `Authorization: Bearer \xa0${good}`,
  ]),
  attack("HEAD-30", "a quoted token", "invalid_header", (good) => [`Authorization: Bearer "${good}"`]),
  attack("HEAD-31", "a token in angle brackets", "invalid_header", (good) => [`Authorization: Bearer <${good}>`]),
  attack("HEAD-32", "a token as a parameter", "invalid_header", (good) => [`Authorization: Bearer token="${good}"`]),
  attack("HEAD-33", "a semicolon at the end", "invalid_header", (good) => [`Authorization: Bearer ${good};`]),
  attack("HEAD-34", "a byte beyond ASCII", "invalid_header", (good) => [`Authorization: Bearer ${good}\xe9`]),
  attack("HEAD-35", "a percent-encoded token", "invalid_header", (good) => [
    `Authorization: Bearer ${good.replaceAll(".", "%2E")}`,
  ]),
  attack("HEAD-36", "padding alone", "invalid_header", () => ["Authorization: Bearer ===="]),
  attack("HEAD-37", "padding in the middle", "invalid_header", (good) => [
    `Authorization: Bearer ${good.replace(".", "=.")}`,
  ]),
  attack("HEAD-38", "the scheme twice", "invalid_header", (good) => [`Authorization: Bearer Bearer ${good}`]),
  attack("HEAD-39", "a JWS in JSON", "invalid_header", (good) => {
    const [header, payload, signature] = good.split(".");
    return [`Authorization: Bearer ${JSON.stringify({ protected: header, payload, signature })}`];
  }),
  attack("HEAD-40", "one character more than 8 KiB", "invalid_header", () => [`Authorization: Bearer a${longest}`]),
  attack("HEAD-41", "24 KiB of padding", "invalid_header", () => [`Authorization: Bearer a${"=".repeat(24 * 1024)}`]),
  attack("HEAD-42", "24 KiB of spaces", "invalid_header", () => [
    `Authorization: Bearer ${" ".repeat(24 * 1024)}aaaaaa bbbbbb`,
  ]),

  // Repeated: which of them counts must not be a matter of who reads.
  attack("HEAD-50", "the same good token twice", "invalid_header", (good) => [
    `Authorization: Bearer ${good}`,
    `Authorization: Bearer ${good}`,
  ]),
  attack("HEAD-51", "a good token and an empty header", "invalid_header", (good) => [
    `Authorization: Bearer ${good}`,
    "Authorization:",
  ]),
  attack("HEAD-52", "a good token behind another scheme", "invalid_header", (good) => [
    "Authorization: Basic eDp5",
    `Authorization: Bearer ${good}`,
  ]),
  attack("HEAD-53", "a good token before one in other letters", "invalid_header", (good) => [
    `authorization: Bearer ${good}`,
    "AUTHORIZATION: Bearer aaaaaa",
  ]),
  attack("HEAD-54", "two headers without a token", "invalid_header", () => [
    "Authorization:",
    "Authorization: Basic eDp5",
  ]),
  attack("HEAD-55", "a good token, other headers between", "invalid_header", (good) => [
    `Authorization: Bearer ${good}`,
    "X-Between: 1",
    `Authorization: Bearer ${good}`,
  ]),

  // Not HTTP.
  attack("HEAD-60", "a NUL in the token", "not_http", (good) => [`Authorization: Bearer ${good}\0`]),
  attack("HEAD-61", "a vertical tab for a space", "not_http", (good) => [`Authorization: Bearer\v${good}`]),
  attack("HEAD-62", "a bare carriage return", "not_http", (good) => [`Authorization: Bearer ${good}\rX: 1`]),
  attack("HEAD-63", "a space before the colon", "not_http", (good) => [`Authorization : Bearer ${good}`]),
  attack("HEAD-64", "a header folded into two lines", "not_http", (good) => ["Authorization: Bearer", ` ${good}`]),
  attack("HEAD-65", "a DEL in the token", "not_http", (good) => [`Authorization: Bearer ${good}\x7f`]),
  attack("HEAD-66", "more than the server reads", "header_too_large", (good) => [
    `Authorization: Bearer ${good}${longest.repeat(5)}`,
  ]),

  // What must work all the same.
  attack("HEAD-90", "one good token", "accepted", (good) => [`Authorization: Bearer ${good}`]),
  attack("HEAD-91", "the scheme in any letters, and several spaces", "accepted", (good) => [
    `aUTHORIZATION: bEARER   ${good}`,
  ]),
  attack("HEAD-92", "white space around the value", "accepted", (good) => [`Authorization: \t Bearer ${good} \t`]),
  attack("HEAD-93", "no white space before the value", "accepted", (good) => [`Authorization:Bearer ${good}`]),
  attack("HEAD-94", "8 KiB, read and found to be no token of ours", "invalid_token", () => [
    `Authorization: Bearer ${longest}`,
  ]),
]);

export const headerAttacks: readonly AttackGroup[] = [usual];
