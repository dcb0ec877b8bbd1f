import { encode, signParts, toCompactForm } from "../support/signer.ts";
import { keys, type Stage } from "../support/stage.ts";
import { type Attack, type AttackGroup, accepted, group, refused } from "./attack.ts";

const header = { alg: "RS256", typ: "at+jwt", kid: keys.rsa.kid };

function split(token: string): readonly [string, string, string] {
  const [first = "", second = "", third = ""] = token.split(".");
  return [first, second, third];
}

/** The next character of the alphabet: the same bytes for a decoder that ignores the last one's stray bits. */
function disturbLast(part: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return `${part.slice(0, -1)}${alphabet[alphabet.indexOf(part.at(-1) ?? "A") + 1]}`;
}

/** Texts of which the last base64url character has stray bits: their length is no multiple of three. */
const strayHeader = encode(`${JSON.stringify(header)}${" ".repeat(4 - (JSON.stringify(header).length % 3))}`);

function encodeStray(value: object): string {
  const text = JSON.stringify(value);
  return encode(`${text}${" ".repeat(4 - (text.length % 3))}`);
}

/** A token that is properly signed, whatever its payload is. */
const signed = (toPayload: (stage: Stage) => object | string | Buffer): Attack["send"] => {
  return (stage) => toCompactForm(keys.rsa, header, toPayload(stage));
};

const signedHeader = (toHeader: string | Buffer | object): Attack["send"] => {
  return ({ claims }) => toCompactForm(keys.rsa, toHeader, claims());
};

/** With a member put in front of the others, as text: for what JSON.stringify would not write. */
const withMember = (value: object, member: string): string => `{${member},${JSON.stringify(value).slice(1)}`;

const usual = group([
  refused("FORM-01", "an opaque token", () => "opaque-token-mark"),
  refused("FORM-02", "two parts", ({ sign }) => split(sign()).slice(0, 2).join(".")),
  refused("FORM-03", "four parts", ({ sign }) => `${sign()}.AAAA`),
  refused("FORM-04", "five parts, as an encrypted JWT has", ({ sign }) => `${sign()}.AAAA.AAAA`),
  refused("FORM-05", "no header", ({ sign }) => `.${split(sign()).slice(1).join(".")}`),
  refused("FORM-06", "no payload", ({ sign }) => `${split(sign())[0]}..${split(sign())[2]}`),
  refused("FORM-07", "no signature", ({ sign }) => `${split(sign()).slice(0, 2).join(".")}.`),
  refused("FORM-08", "a dot at the end", ({ sign }) => `${sign()}.`),
  refused("FORM-09", "a dot at the start", ({ sign }) => `.${sign()}`),
  refused("FORM-10", "two dots between", ({ sign }) => sign().replace(".", "..")),
  refused("FORM-11", "nothing but dots, 8 KiB of them", () => ".".repeat(8192)),
  refused("FORM-12", "an encrypted JWT", ({ claims }) =>
    [{ alg: "dir", enc: "A256GCM", kid: keys.rsa.kid }, "", "iv-of-twelve", claims(), "tag-of-sixteen-b"]
      .map(encode)
      .join("."),
  ),

  // One token, one spelling: what is refused or revoked must not come back as other text.
  refused("FORM-20", "padding behind the signature", ({ sign }) => `${sign()}==`),
  refused("FORM-21", "one padding character", ({ sign }) => `${sign()}=`),
  refused("FORM-22", "stray bits in the signature's last character", ({ sign }) => disturbLast(sign())),
  refused("FORM-23", "stray bits in the header's last character, signed so", ({ claims }) =>
    signParts(keys.rsa, `${disturbLast(strayHeader)}.${encode(claims())}`),
  ),
  refused("FORM-24", "stray bits in the payload's last character, signed so", ({ claims }) =>
    signParts(keys.rsa, `${encode(header)}.${disturbLast(encodeStray(claims()))}`),
  ),
  refused("FORM-25", "base64 instead of base64url, signed so", ({ claims }) => {
    const payload = Buffer.from(JSON.stringify(claims({ sub: "subject-mark ÿ~ÿ~ÿ~ÿ~ÿ~" }))).toString("base64");
    return signParts(keys.rsa, `${encode(header)}.${payload.replaceAll("=", "")}`);
  }),
  refused("FORM-26", "the signature in base64", ({ sign }) => {
    for (;;) {
      const [first, payload, signature] = split(sign());
      const changed = signature.replaceAll("-", "+").replaceAll("_", "/");
      if (changed !== signature) return `${first}.${payload}.${changed}`;
    }
  }),
  refused("FORM-27", "a character beyond base64url in the signature", ({ sign }) => `${sign()}~`),
  refused("FORM-28", "a part one character too long for whole bytes", ({ sign }) => `${sign()}AAA`),

  refused(
    "FORM-30",
    "a payload that is a list",
    signed(({ claims }) => [claims()]),
  ),
  refused(
    "FORM-31",
    "a payload that is a text",
    signed(() => '"subject-mark"'),
  ),
  refused(
    "FORM-32",
    "a payload that is null",
    signed(() => "null"),
  ),
  refused(
    "FORM-33",
    "a payload that is a number",
    signed(() => "12345678"),
  ),
  refused(
    "FORM-34",
    "a payload that is no JSON",
    signed(() => "subject-mark"),
  ),
  refused(
    "FORM-35",
    "a payload with something behind it",
    signed(({ claims }) => `${JSON.stringify(claims())}{}`),
  ),
  refused(
    "FORM-36",
    "a payload that is not UTF-8",
    signed(({ claims }) => Buffer.from(JSON.stringify(claims({ sub: "subject-mark-\xff" })), "latin1")),
  ),
  refused(
    "FORM-37",
    "a payload in UTF-16",
    signed(({ claims }) => Buffer.from(JSON.stringify(claims()), "utf16le")),
  ),
  refused(
    "FORM-38",
    "a payload with a surrogate in UTF-8",
    signed(({ claims }) => {
      const [before = "", after = ""] = JSON.stringify(claims({ sub: "subject-mark-@" })).split("@");
      return Buffer.concat([Buffer.from(before), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(after)]);
    }),
  ),
  refused(
    "FORM-39",
    "a payload with a comment",
    signed(({ claims }) => `/* x */${JSON.stringify(claims())}`),
  ),
  refused("FORM-40", "a header that is a list", signedHeader([header])),
  refused("FORM-41", "a header that is a text", signedHeader('"RS256"')),
  refused("FORM-42", "a header that is null", signedHeader("null")),
  refused("FORM-43", "a header that is no JSON", signedHeader("alg=RS256")),
  refused("FORM-44", "a header that is not UTF-8", signedHeader(Buffer.from('{"alg":"RS256","x":"\xff"}', "latin1"))),
  refused("FORM-45", "an empty header object", signedHeader({})),
  refused("FORM-46", "a header behind a byte order mark", signedHeader(`\uFEFF${JSON.stringify(header)}`)),

  // Not what was signed.
  refused("FORM-50", "another payload under a good signature", ({ sign, claims }) => {
    const [first, , signature] = split(sign());
    return `${first}.${encode(claims({ sub: "somebody-else" }))}.${signature}`;
  }),
  refused("FORM-51", "another header over a good signature", ({ sign }) => {
    const [, payload, signature] = split(sign());
    return `${encode({ ...header, typ: "JWT" })}.${payload}.${signature}`;
  }),
  refused("FORM-52", "another token's signature", ({ sign }) => {
    const [first, payload] = split(sign());
    return `${first}.${payload}.${split(sign())[2]}`;
  }),
  refused("FORM-53", "a signature with its first bit turned", ({ sign }) => {
    const [first, payload, signature] = split(sign());
    const bytes = Buffer.from(signature, "base64url");
    bytes[0] = (bytes[0] ?? 0) ^ 0x80;
    return `${first}.${payload}.${encode(bytes)}`;
  }),
  refused("FORM-54", "a signature without its last byte", ({ sign }) => {
    const [first, payload, signature] = split(sign());
    return `${first}.${payload}.${encode(Buffer.from(signature, "base64url").subarray(0, -1))}`;
  }),
  refused("FORM-55", "a signature with a byte before it", ({ sign }) => {
    const [first, payload, signature] = split(sign());
    return `${first}.${payload}.${encode(Buffer.concat([Buffer.from([0]), Buffer.from(signature, "base64url")]))}`;
  }),

  accepted(
    "FORM-90",
    "white space inside the JSON, properly signed",
    signed(({ claims }) => ` ${JSON.stringify(claims(), null, 2)}\n`),
  ),
  accepted(
    "FORM-91",
    "claims two thousand levels deep",
    signed(({ claims }) => withMember(claims(), `"deep":${"[".repeat(2000)}${"]".repeat(2000)}`)),
  ),
  accepted(
    "FORM-92",
    "a claim named __proto__",
    signed(({ claims }) => withMember(claims(), '"__proto__":{"iss":"prototype-mark"}')),
  ),
  accepted(
    "FORM-93",
    "texts beyond ASCII",
    signed(({ claims }) => claims({ sub: "subject-mark-ÿ€𝄞" })),
  ),
]);

export const formAttacks: readonly AttackGroup[] = [usual];
