import { gzipSync } from "node:zlib";
import { respondWith, type Script } from "../support/scripted-provider.ts";
import { createSigner, type Signer, toMac } from "../support/signer.ts";
import { keys, listPublicJwks, providerWords, type Stage } from "../support/stage.ts";
import { type Attack, type AttackGroup, group, startCalls } from "./attack.ts";

const { rsa, p256, p384, attacker } = keys;
const weak = createSigner("RS256", "kid-mark-weak", { modulusLength: 1024 });
const cubic = createSigner("RS256", "kid-mark-cubic", { publicExponent: 3 });

const good = ({ sign }: Stage): string => sign();

/** What is served as the key set, and what comes of a token. */
const serving = (
  id: string,
  title: string,
  jwks: Script,
  expected: Attack["expected"],
  send: Attack["send"] = good,
  rest: Partial<Attack> = {},
): Attack => ({
  id,
  title,
  expected,
  send,
  calls: startCalls,
  on: { set: ({ answers }) => void answers.set("/jwks", jwks) },
  ...rest,
});

const leftOut = /Members of the provider's key set are unusable and were left out/;
const notFetched = /The provider's keys cannot be fetched/;

/** A bad member beside good ones: the good ones serve, and the operator is told. */
const beside = (id: string, title: string, member: unknown): Attack =>
  serving(id, `${title}, beside good keys, which serve`, { keys: [member, rsa.publicJwk] }, "accepted", good, {
    logged: leftOut,
  });

/** A bad member beside good ones: what it signed is refused. */
const signedBy = (id: string, title: string, signer: Signer, member: object): Attack =>
  serving(
    id,
    `a token signed with ${title}`,
    { keys: [member, p256.publicJwk] },
    "invalid_token",
    ({ sign }) => sign({}, {}, signer),
    { logged: leftOut },
  );

/** A key set that is none: no token's fault. */
const broken = (id: string, title: string, script: Script, rest: Partial<Attack> = {}): Attack =>
  serving(id, title, script, "provider_unavailable", good, { logged: notFetched, ...rest });

const metadata = (
  id: string,
  title: string,
  change: (issuer: string) => object,
  rest: Partial<Attack> = {},
): Attack => ({
  id,
  title,
  expected: "provider_unavailable",
  send: good,
  logged: /cannot be found/,
  calls: { "/.well-known/openid-configuration": 1 },
  on: {
    set: ({ issuer, answers }) => {
      answers.set("/elsewhere", { keys: listPublicJwks() });
      answers.set("/.well-known/openid-configuration", { issuer, jwks_uri: `${issuer}/jwks`, ...change(issuer) });
    },
  },
  ...rest,
});

const { n, ...withoutModulus } = rsa.publicJwk;
const secret = Buffer.from("secret-of-the-key-set-mark").toString("base64url");
const symmetric = { kty: "oct", k: secret, kid: "kid-mark-oct", alg: "HS256", use: "sig" };
const attackers = Array.from({ length: 4 }, () => ({ ...attacker.publicJwk, kid: "kid-mark-same" }));
const same = (signer: Signer): object => ({ ...signer.publicJwk, kid: "kid-mark-same" });

const usual = group([
  beside("SET-01", "a symmetric key", symmetric),
  beside("SET-02", "a private key", { ...p256.privateKey.export({ format: "jwk" }), kid: "kid-mark-private" }),
  beside("SET-03", "an RSA key of 1024 bits", weak.publicJwk),
  beside("SET-04", "an RSA key without a modulus", withoutModulus),
  beside("SET-05", "a point that is not on its curve", { ...p256.publicJwk, x: p256.publicJwk.y }),
  beside("SET-06", "a key of an unknown type", { kty: "XYZ", kid: "kid-mark", x: "AAAA" }),
  beside("SET-07", "null", null),
  beside("SET-08", "a list", [rsa.publicJwk]),
  beside("SET-09", "a text", "kid-mark"),
  beside("SET-10", "an empty object", {}),
  beside("SET-11", "a key with a number for an id", { ...p384.publicJwk, kid: 7 }),
  beside("SET-12", "a key whose members are of other types", { kty: ["RSA"], n: {}, e: 3, use: ["sig"] }),

  signedBy("SET-20", "an RSA key of 1024 bits", weak, weak.publicJwk),
  signedBy("SET-21", "an RSA key with the exponent 3", cubic, cubic.publicJwk),
  signedBy("SET-22", "a key that is for encryption", rsa, { ...rsa.publicJwk, use: "enc" }),
  signedBy("SET-23", "a key that may only wrap keys", rsa, { ...rsa.publicJwk, key_ops: ["wrapKey"] }),
  signedBy("SET-24", "a private key that the set gives away", rsa, {
    ...rsa.privateKey.export({ format: "jwk" }),
    kid: rsa.kid,
    alg: "RS256",
    use: "sig",
  }),
  serving(
    "SET-25",
    "a token with a MAC by a symmetric key of the set",
    { keys: [symmetric, rsa.publicJwk] },
    "invalid_token",
    ({ claims }) =>
      toMac(
        Buffer.from(secret, "base64url"),
        { alg: "HS256", typ: "at+jwt", kid: symmetric.kid } as { alg: string },
        claims(),
      ),
    { logged: leftOut },
  ),
  serving(
    "SET-26",
    "a key named for another algorithm",
    { keys: [{ ...rsa.publicJwk, alg: "RSA-OAEP" }, p256.publicJwk] },
    "invalid_token",
    good,
    { logged: leftOut },
  ),
  serving("SET-27", "a key of another set", { keys: [attacker.publicJwk] }, "invalid_token"),

  serving(
    "SET-30",
    "four keys with one id: the last one is tried",
    { keys: [...attackers.slice(1), same(rsa)] },
    "accepted",
    ({ sign }) => sign({}, { kid: "kid-mark-same" }),
  ),
  serving(
    "SET-31",
    "five keys with one id: the last one is not",
    { keys: [...attackers, same(rsa)] },
    "invalid_token",
    ({ sign }) => sign({}, { kid: "kid-mark-same" }),
  ),
  serving(
    "SET-32",
    "no key id, and four keys that fit",
    { keys: [...attackers.slice(1), rsa.publicJwk] },
    "accepted",
    ({ sign }) => sign({}, { kid: undefined }),
  ),
  serving(
    "SET-33",
    "no key id, and five keys that fit",
    { keys: [...attackers, rsa.publicJwk] },
    "invalid_token",
    ({ sign }) => sign({}, { kid: undefined }),
  ),
  serving(
    "SET-34",
    "a key without an id or an algorithm",
    { keys: [{ kty: "RSA", n, e: rsa.publicJwk.e }] },
    "accepted",
    ({ sign }) => sign({}, { kid: undefined }),
  ),

  broken("SET-40", "an empty set", { keys: [] }),
  broken("SET-41", "a set without a usable key", { keys: [symmetric, weak.publicJwk, null] }),
  broken("SET-42", "an object for the keys", { keys: { 0: rsa.publicJwk } }),
  broken("SET-43", "no keys", { message: providerWords }),
  broken("SET-44", "a list for a set", [rsa.publicJwk]),
  broken("SET-45", "a web page", respondWith(200, `<html>${providerWords}</html>`, { "content-type": "text/html" })),
  broken("SET-46", "nothing", respondWith(200, "")),
  broken(
    "SET-47",
    "a set with something behind it",
    respondWith(200, `${JSON.stringify({ keys: listPublicJwks() })}x`),
  ),
  broken("SET-48", "a good set under status 500", respondWith(500, { keys: listPublicJwks() })),
  broken("SET-49", "a good set under status 404", respondWith(404, { keys: listPublicJwks() })),
  broken("SET-50", "a redirect to a good set", respondWith(302, providerWords, { location: "/elsewhere" })),
  broken("SET-51", "a permanent redirect to a good set", respondWith(308, providerWords, { location: "/elsewhere" })),
  broken("SET-52", "a good set in more than 256 KiB", { keys: listPublicJwks(), filler: "x".repeat(256 * 1024) }),
  broken("SET-53", "a good set in little, and more than 256 KiB unpacked", (response) => {
    const body = JSON.stringify({ keys: listPublicJwks(), filler: " ".repeat(4 * 1024 * 1024) });
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(gzipSync(body));
  }),
  broken(
    "SET-54",
    "a body that says it is packed and is not",
    respondWith(200, { keys: listPublicJwks() }, { "content-encoding": "gzip" }),
  ),
  broken("SET-55", "half an answer", (response) => {
    response.writeHead(200, { "content-length": 10_000 }).write('{"keys":[');
    setImmediate(() => response.destroy());
  }),
  broken("SET-56", "a connection that is cut", (response) => response.destroy()),
  broken("SET-57", "an answer that never comes", () => {}, {
    on: { env: { AUTH_TIMEOUT_MS: "150" }, set: ({ answers }) => void answers.set("/jwks", () => {}) },
  }),
  broken("SET-58", "a good set that comes drop by drop", () => {}, {
    on: {
      env: { AUTH_TIMEOUT_MS: "150" },
      set: ({ answers }) =>
        void answers.set("/jwks", (response) => {
          const drops = setInterval(() => response.write(" "), 20);
          response.on("close", () => clearInterval(drops));
        }),
    },
  }),

  metadata(
    "SET-70",
    "metadata of another issuer",
    (issuer) => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}/elsewhere` }),
    {
      logged: /another issuer/,
    },
  ),
  metadata("SET-71", "metadata without an issuer", () => ({ issuer: undefined })),
  metadata("SET-72", "an address of the keys that is not https", () => ({ jwks_uri: "http://keys.example.com/jwks" })),
  metadata("SET-73", "an address of the keys in a file", () => ({ jwks_uri: "file:///etc/passwd" })),
  metadata("SET-74", "an address of the keys in itself", () => ({
    jwks_uri: `data:application/json,${JSON.stringify({ keys: listPublicJwks() })}`,
  })),
  metadata("SET-75", "an address of the keys with credentials", (issuer) => ({
    jwks_uri: issuer.replace("//", "//user:password-mark@"),
  })),
  metadata("SET-76", "a number for the address of the keys", () => ({ jwks_uri: 7 })),
]);

export const keySetAttacks: readonly AttackGroup[] = [usual];
