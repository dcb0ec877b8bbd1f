import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audience } from "../support/provider.ts";
import { sendRaw } from "../support/raw-request.ts";
import type { Script } from "../support/scripted-provider.ts";
import type { Answer } from "../support/server.ts";
import { encode, type Signer, signParts } from "../support/signer.ts";
import { introspectionEnv, keys, listPublicJwks, type Stage, startStage } from "../support/stage.ts";

const body = JSON.stringify({ query: "{ publicMessage { message } privateMessage { message } }" });
const header = { alg: "RS256", typ: "at+jwt", kid: keys.rsa.kid };
const unauthenticated = [
  "authorization_header_missing",
  "invalid_header",
  "invalid_token",
  "invalid_claims",
  "token_expired",
];

let signed: Stage;
let opaque: Stage;
beforeAll(async () => {
  // Every token is asked about anew, and no failure closes the way for the next one.
  const env = { ...introspectionEnv, AUTH_INTROSPECTION_TTL_S: "0" };
  [signed, opaque] = await Promise.all([startStage(), startStage({ env })]);
});
afterAll(() => Promise.all([signed.stop(), opaque.stop()]));

/** Runs a property a bounded number of times. What fast-check throws names the seed and the smallest case. */
const assert = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => Promise<void>, numRuns: number): Promise<void> =>
  fc.assert(fc.asyncProperty(arbitrary, property), { numRuns });

const send = ({ server }: Stage, value: string): Promise<Answer> =>
  sendRaw({ url: server.url, lines: [`Authorization: ${value}`], body });

/** What is public stays readable, what is not is not granted, and it is said why. */
function expectRefused({ status, body: answered, text }: Answer, reasons: readonly string[]): void {
  expect(status, text).toBe(200);
  expect(answered.data.publicMessage.message, text).toEqual(expect.any(String));
  expect(answered.data.privateMessage, text).toBeNull();
  expect(reasons, text).toContain(answered.errors[0].extensions.reason);
}

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
/** Any byte but those that end a header's line; the others are the HTTP parser's to refuse. */
const headerText = fc.string({ unit: byte.filter((character) => !"\r\n".includes(character)), maxLength: 200 });
const scheme = fc.constantFrom("Bearer ", "bearer ", "BEARER  ", "Bearer\t", "Bearer", "Basic ", "DPoP ", "");

describe("the Authorization header", () => {
  test("of any bytes is refused, or not HTTP", () =>
    assert(
      fc.tuple(scheme, headerText),
      async ([before, rest]) => {
        const answer = await send(signed, before + rest);
        if (answer.status === 400) expect(answer.body.errors[0].extensions.code).toBe("BAD_REQUEST");
        else expectRefused(answer, unauthenticated);
      },
      150,
    ));

  test("with a good token is accepted, and with anything more in it is not", () =>
    assert(
      fc.tuple(
        fc.nat(),
        fc.string({ unit: byte.filter((character) => /[^\r\n]/.test(character)), minLength: 1, maxLength: 3 }),
      ),
      async ([place, extra]) => {
        const good = `Bearer ${signed.sign()}`;
        const at = place % (good.length + 1);
        const value = good.slice(0, at) + extra + good.slice(at);
        const answer = await send(signed, value);
        if (answer.status === 400) return;
        if (/^[ \t]*bearer +[\w\-.]+[ \t]*$/i.test(value) && value.split(/[ \t]+/).includes(good.slice(7))) {
          expect(answer.body.errors, value).toBeUndefined();
        } else {
          expectRefused(answer, unauthenticated);
        }
      },
      120,
    ));
});

const json = fc.jsonValue({ maxDepth: 2 });
const part = fc.oneof(
  json.map((value) => encode(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => encode(Buffer.from(bytes))),
  fc.string({ unit: fc.constantFrom(..."ABab01-_+/=."), maxLength: 20 }),
);

describe("a token in compact form", () => {
  test("of any parts is refused", () =>
    assert(
      fc.array(part, { minLength: 1, maxLength: 6 }),
      async (parts) => expectRefused(await send(signed, `Bearer ${parts.join(".")}`), unauthenticated),
      150,
    ));

  test("with any header over a good payload, or any payload under a good header, is refused, though properly signed", () =>
    assert(
      fc.tuple(fc.boolean(), part),
      async ([isHeader, any]) => {
        const parts = isHeader ? `${any}.${encode(signed.claims())}` : `${encode(header)}.${any}`;
        expectRefused(await send(signed, `Bearer ${signParts(keys.rsa, parts)}`), unauthenticated);
      },
      120,
    ));

  test("with any value for a claim or a header parameter that decides is refused, though properly signed", () =>
    assert(
      fc.tuple(fc.constantFrom("iss", "aud", "exp", "cnf", "nonce", "client_id"), json),
      async ([name, value]) => {
        // These are what a good token may say.
        fc.pre(!(name === "client_id" && typeof value === "string"));
        fc.pre(!(name === "exp" && typeof value === "number" && value > signed.nowS - 5));
        expectRefused(await send(signed, `Bearer ${signed.sign({ [name]: value })}`), unauthenticated);
      },
      120,
    ));

  test("with any bit of its signature turned is refused", () =>
    assert(
      fc.nat({ max: 256 * 8 - 1 }),
      async (bit) => {
        const [first, payload, signature = ""] = signed.sign().split(".");
        const bytes = Buffer.from(signature, "base64url");
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expectRefused(await send(signed, `Bearer ${first}.${payload}.${encode(bytes)}`), ["invalid_token"]);
      },
      60,
    ));
});

/** The provider's answer, and a token that was never seen. The clock goes on, past any pause after failures. */
async function introspect(script: Script): Promise<Answer> {
  opaque.provider.answers.set("/introspect", script);
  opaque.clock.advance(120_000);
  return send(opaque, `Bearer opaque-${crypto.randomUUID()}`);
}

const answers = ["token_inactive", "provider_unavailable", "invalid_token", "invalid_claims", "token_expired"];

describe("an introspection answer", () => {
  test("of any status and any bytes is refused, and never a token's fault unless it says so", () =>
    assert(
      fc.tuple(
        fc.constantFrom(200, 200, 200, 201, 301, 400, 401, 404, 429, 500),
        fc.oneof(
          json.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
      ),
      async ([status, text]) => {
        const answer = await introspect((response) => void response.writeHead(status).end(text));
        // Nothing generated here is an object with the boolean.
        expectRefused(answer, status === 400 ? ["invalid_token"] : ["provider_unavailable"]);
      },
      100,
    ));

  test("with any value for active but true, or any for what decides, is refused", () =>
    assert(
      fc.tuple(fc.constantFrom("active", "aud", "iss", "exp", "cnf", "sub", "nbf", "iat", "client_id"), json),
      async ([name, value]) => {
        fc.pre(!(name === "active" && value === true));
        fc.pre(!(name === "exp" && typeof value === "number" && value > opaque.clock.wallMs() / 1000 - 5));
        fc.pre(!(["nbf", "iat"].includes(name) && typeof value === "number"));
        fc.pre(!(name === "sub" && typeof value === "string" && value !== ""));
        fc.pre(!(name === "client_id" && typeof value === "string"));
        // Null stands for a member that is not there, and only the audience must be.
        fc.pre(value !== null || name === "aud" || name === "active");
        expectRefused(await introspect({ active: true, aud: audience, [name]: value }), answers);
      },
      120,
    ));

  test("is accepted with anything else beside what decides", () =>
    assert(
      fc.dictionary(
        fc.string().filter((name) => !/^(active|aud|iss|exp|nbf|iat|sub|cnf|client_id|azp|token_type)$/.test(name)),
        json,
      ),
      async (more) => {
        const { body: answered } = await introspect({ ...more, active: true, aud: audience });
        expect(answered.errors).toBeUndefined();
      },
      60,
    ));
});

const member = fc.oneof(
  json,
  fc.record(
    {
      kty: fc.oneof(fc.constantFrom("RSA", "EC", "OKP", "oct", "AKP"), json),
      kid: fc.oneof(fc.constant(keys.rsa.kid), json),
      alg: fc.oneof(fc.constantFrom("RS256", "ES256", "HS256", "none"), json),
      n: fc.oneof(fc.base64String(), json),
      e: fc.oneof(fc.constantFrom("AQAB", "Aw", "AQ"), json),
      crv: fc.oneof(fc.constantFrom("P-256", "Ed25519"), json),
      x: fc.oneof(fc.base64String(), json),
      k: fc.oneof(fc.base64String(), json),
    },
    { requiredKeys: ["kty"] },
  ),
);

describe("a key set", () => {
  /** What becomes of a token once these members were fetched. */
  async function ask(members: readonly unknown[], signer: Signer): Promise<Answer> {
    signed.provider.answers.set("/jwks", { keys: members });
    signed.clock.advance(11 * 60_000);
    const exp = signed.clock.wallMs() / 1000 + 60;
    return send(signed, `Bearer ${signed.sign({ exp }, {}, signer)}`);
  }

  test("of any members beside good ones serves on", () =>
    assert(
      fc.array(member, { maxLength: 4 }),
      async (members) => {
        const { body: answered, text } = await ask([...members, ...listPublicJwks()], keys.p256);
        expect(answered.errors, text).toBeUndefined();
      },
      60,
    ));

  test("of any members accepts nothing that another key signed under a good one's id", () =>
    assert(
      fc.array(member, { maxLength: 4 }),
      async (members) =>
        expectRefused(await ask(members, { ...keys.attacker, kid: keys.rsa.kid }), [
          "invalid_token",
          "provider_unavailable",
        ]),
      60,
    ));
});
