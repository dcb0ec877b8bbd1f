import { createPublicKey, sign } from "node:crypto";
import { encode, toCompactForm, toMac } from "../support/signer.ts";
import { keys, type Stage } from "../support/stage.ts";
import { type AttackGroup, accepted, group, refused } from "./attack.ts";

const { rsa, rsaAnyAlg, p256, p384, p521, ed25519 } = keys;

const header = { typ: "at+jwt", kid: rsa.kid };

/** A token that says an algorithm and has no signature worth the name. */
const unsigned =
  (alg: string, signature = "AAAA") =>
  ({ claims }: Stage): string =>
    `${encode({ ...header, alg })}.${encode(claims())}.${signature}`;

/** A token that RS256 signed and that says something else. */
const renamed =
  (alg: unknown) =>
  ({ claims }: Stage): string =>
    toCompactForm(rsa, { ...header, alg }, claims(), "RS256");

/** The public key for the secret of a MAC, in every form an implementation may have it. */
const publicKey = createPublicKey(rsa.privateKey);
const mac =
  (secret: string | Buffer, alg = "HS256") =>
  ({ claims }: Stage): string =>
    toMac(secret, { ...header, alg }, claims());

const usual = group([
  refused("ALG-01", "none and an empty signature", unsigned("none", "")),
  refused("ALG-02", "none and some signature", unsigned("none")),
  refused("ALG-03", "none over a good signature", renamed("none")),
  refused("ALG-04", "None", unsigned("None", "")),
  refused("ALG-05", "NONE", unsigned("NONE", "")),
  refused("ALG-06", "nOnE", unsigned("nOnE")),
  refused("ALG-07", "an empty algorithm", renamed("")),

  refused("ALG-10", "HS256 with the public key in PEM", mac(publicKey.export({ type: "spki", format: "pem" }))),
  refused(
    "ALG-11",
    "HS256 with the public key in PEM, less its last line end",
    mac(publicKey.export({ type: "spki", format: "pem" }).toString().trimEnd()),
  ),
  refused("ALG-12", "HS256 with the public key in PKCS #1", mac(publicKey.export({ type: "pkcs1", format: "pem" }))),
  refused("ALG-13", "HS256 with the public key in DER", mac(publicKey.export({ type: "spki", format: "der" }))),
  refused("ALG-14", "HS256 with the public key as JWK", mac(JSON.stringify(rsa.publicJwk))),
  refused("ALG-15", "HS256 with the modulus", mac(Buffer.from(rsa.publicJwk.n ?? "", "base64url"))),
  refused("ALG-16", "HS256 with nothing", mac("")),
  refused("ALG-17", "HS384 with the public key", mac(publicKey.export({ type: "spki", format: "pem" }), "HS384")),
  refused("ALG-18", "HS512 with the public key", mac(publicKey.export({ type: "spki", format: "pem" }), "HS512")),
  refused("ALG-19", "HS256 over a good signature", renamed("HS256")),

  refused("ALG-20", "no algorithm", renamed(undefined)),
  refused("ALG-21", "null for an algorithm", renamed(null)),
  refused("ALG-22", "a number for an algorithm", renamed(256)),
  refused("ALG-23", "a list with the algorithm in it", renamed(["RS256"])),
  refused("ALG-24", "small letters", renamed("rs256")),
  refused("ALG-25", "a space behind the algorithm", renamed("RS256 ")),
  refused("ALG-26", "an algorithm that is a property of every object", renamed("constructor")),
  refused("ALG-27", "an algorithm named __proto__", renamed("__proto__")),
  refused("ALG-28", "RS1", renamed("RS1")),
  refused("ALG-29", "an encryption algorithm", renamed("RSA-OAEP-256")),
  refused("ALG-30", "dir", renamed("dir")),
  refused("ALG-31", "one that nobody knows", renamed("XX256")),

  // The key decides what may be done with it.
  refused("ALG-40", "PS256 with a key that is for RS256", ({ sign }) =>
    sign({}, { alg: "PS256" }, { ...rsa, alg: "PS256" }),
  ),
  refused("ALG-41", "RS512 with a key that is for RS256", ({ sign }) =>
    sign({}, { alg: "RS512" }, { ...rsa, alg: "RS512" }),
  ),
  refused("ALG-42", "RS256 under an EC key's id", ({ sign }) => sign({}, { kid: p256.kid })),
  refused("ALG-43", "ES256 under an RSA key's id", ({ sign }) => sign({}, { kid: rsa.kid }, p256)),
  refused("ALG-44", "ES256 with a key on P-384", ({ sign }) => sign({}, { alg: "ES256" }, { ...p384, alg: "ES256" })),
  refused("ALG-45", "ES384 with a key on P-256", ({ sign }) => sign({}, { alg: "ES384" }, { ...p256, alg: "ES384" })),
  refused("ALG-46", "EdDSA under an EC key's id", ({ sign }) => sign({}, { kid: p256.kid }, ed25519)),
  refused("ALG-47", "ES256 under an Ed25519 key's id", ({ sign }) => sign({}, { kid: ed25519.kid }, p256)),
  refused("ALG-48", "RS256 named and PS256 used", ({ claims }) =>
    toCompactForm(rsaAnyAlg, { ...header, kid: rsaAnyAlg.kid, alg: "RS256" }, claims(), "PS256"),
  ),
  refused("ALG-49", "ES256K", ({ sign }) => sign({}, { alg: "ES256K" }, p256)),

  // Signatures that a careless verifier takes.
  refused("ALG-50", "CVE-2022-21449: r and s are zero", ({ sign: signWith }) => {
    const [first, payload] = signWith({}, {}, p256).split(".");
    return `${first}.${payload}.${encode(Buffer.alloc(64))}`;
  }),
  refused("ALG-51", "an ECDSA signature in DER", ({ claims }) => {
    const parts = `${encode({ ...header, alg: "ES256", kid: p256.kid })}.${encode(claims())}`;
    return `${parts}.${encode(sign("sha256", Buffer.from(parts), p256.privateKey))}`;
  }),
  refused("ALG-52", "an ECDSA signature with a byte more", ({ sign: signWith }) => {
    const [first, payload, signature = ""] = signWith({}, {}, p256).split(".");
    return `${first}.${payload}.${encode(Buffer.concat([Buffer.from(signature, "base64url"), Buffer.from([0])]))}`;
  }),
  refused("ALG-53", "an Ed25519 signature of nothing but zeros", ({ sign: signWith }) => {
    const [first, payload] = signWith({}, {}, ed25519).split(".");
    return `${first}.${payload}.${encode(Buffer.alloc(64))}`;
  }),
  refused("ALG-54", "an RSA signature of nothing but zeros", unsigned("RS256", encode(Buffer.alloc(256)))),

  accepted("ALG-80", "RS256", ({ sign }) => sign()),
  accepted("ALG-81", "ES256", ({ sign }) => sign({}, {}, p256)),
  accepted("ALG-82", "ES384", ({ sign }) => sign({}, {}, p384)),
  accepted("ALG-83", "ES512", ({ sign }) => sign({}, {}, p521)),
  accepted("ALG-84", "EdDSA", ({ sign }) => sign({}, {}, ed25519)),
  accepted("ALG-85", "PS256 with a key of which the set does not say the algorithm", ({ sign }) =>
    sign({}, { alg: "PS256" }, { ...rsaAnyAlg, alg: "PS256" }),
  ),
  accepted("ALG-86", "RS512 with that key", ({ sign }) => sign({}, { alg: "RS512" }, { ...rsaAnyAlg, alg: "RS512" })),
]);

const listed = group(
  [
    refused("ALG-60", "RS256 where only ES256 and EdDSA are on the list", ({ sign }) => sign()),
    refused("ALG-61", "ES384 there", ({ sign }) => sign({}, {}, p384)),
    refused("ALG-62", "none there", unsigned("none", "")),
    accepted("ALG-87", "ES256 there", ({ sign }) => sign({}, {}, p256)),
    accepted("ALG-88", "EdDSA there", ({ sign }) => sign({}, {}, ed25519)),
  ],
  { env: { AUTH_ALGORITHMS: "ES256 EdDSA" } },
);

export const algorithmAttacks: readonly AttackGroup[] = [usual, listed];
