import { createPublicKey } from "node:crypto";
import { keys, type Stage } from "../support/stage.ts";
import { type Attack, type AttackGroup, accepted, group, refused } from "./attack.ts";

const { rsa, attacker } = keys;

/** A good token but for its header. */
const withHeader =
  (header: object) =>
  ({ sign }: Stage): string =>
    sign({}, header as Readonly<Record<string, unknown>>);

/** Signed with a key of the sender's own, with what is to make us believe it. */
const forged =
  (toHeader: (stage: Stage) => object = () => ({})) =>
  (stage: Stage): string =>
    stage.sign({}, toHeader(stage) as Readonly<Record<string, unknown>>, attacker);

/** Serves the attacker's key set at a path of the provider, where nobody may look. */
function tempt({ provider }: Stage): string {
  provider.answers.set("/attacker", { keys: [attacker.publicJwk] });
  return `${provider.issuer}/attacker`;
}

const certificate = createPublicKey(attacker.privateKey).export({ type: "spki", format: "der" }).toString("base64");

const usual = group([
  refused(
    "KEY-01",
    "the sender's key in jwk",
    forged(() => ({ jwk: attacker.publicJwk })),
  ),
  refused(
    "KEY-02",
    "the sender's key in jwk, under a good key's id",
    forged(() => ({ jwk: attacker.publicJwk, kid: rsa.kid })),
  ),
  refused(
    "KEY-03",
    "the sender's key in jwk, without an id",
    forged(() => ({ jwk: attacker.publicJwk, kid: undefined })),
  ),
  refused(
    "KEY-04",
    "the sender's key set at jku",
    forged((stage) => ({ jku: tempt(stage) })),
  ),
  refused(
    "KEY-05",
    "the sender's key set at jku, under a good key's id",
    forged((stage) => ({ jku: tempt(stage), kid: rsa.kid })),
  ),
  refused(
    "KEY-06",
    "the sender's key set at jku, without an id",
    forged((stage) => ({ jku: tempt(stage), kid: undefined })),
  ),
  refused(
    "KEY-07",
    "the sender's key at x5u",
    forged((stage) => ({ x5u: tempt(stage) })),
  ),
  refused(
    "KEY-08",
    "the sender's key where x5c has a certificate",
    forged(() => ({ x5c: [certificate], kid: rsa.kid })),
  ),
  refused(
    "KEY-09",
    "a good key's thumbprint in x5t",
    forged(() => ({ x5t: "kid-mark", "x5t#S256": "kid-mark", kid: rsa.kid })),
  ),
  refused(
    "KEY-10",
    "a key id that is a URL",
    forged((stage) => ({ kid: tempt(stage) })),
  ),
  refused(
    "KEY-11",
    "no key id, and no key of ours",
    forged(() => ({ kid: undefined })),
  ),
  refused(
    "KEY-12",
    "a good key's id, and another's signature",
    forged(() => ({ kid: rsa.kid })),
  ),

  refused("KEY-20", "an unknown key id, while the keys are new", withHeader({ kid: "kid-mark-unknown" })),
  refused("KEY-21", "a number for a key id", withHeader({ kid: 7 })),
  refused("KEY-22", "null for a key id", withHeader({ kid: null })),
  refused("KEY-23", "a list with the key's id", withHeader({ kid: [rsa.kid] })),
  refused("KEY-24", "an object for a key id", withHeader({ kid: { toString: rsa.kid } })),
  refused("KEY-25", "an empty key id", withHeader({ kid: "" })),
  refused("KEY-26", "a key id that is a path", withHeader({ kid: "../../../../dev/null" })),
  refused("KEY-27", "a key id that is SQL", withHeader({ kid: "kid-mark' UNION SELECT 'secret" })),
  refused("KEY-28", "a key id that is a shell command", withHeader({ kid: "|/usr/bin/id" })),
  refused("KEY-29", "a key id named __proto__", withHeader({ kid: "__proto__" })),
  refused("KEY-30", "a key id of 5,000 characters", withHeader({ kid: "kid-mark-".padEnd(5000, "x") })),
  refused("KEY-31", "a key id with a space more", withHeader({ kid: `${rsa.kid} ` })),
  refused("KEY-32", "a key id in capitals", withHeader({ kid: rsa.kid.toUpperCase() })),

  refused("KEY-40", "a critical parameter that nobody knows", withHeader({ crit: ["unknown"], unknown: 1 })),
  refused("KEY-41", "exp as a critical parameter", withHeader({ crit: ["exp"], exp: 1 })),
  refused("KEY-42", "an empty list of critical parameters", withHeader({ crit: [] })),
  refused("KEY-43", "a text for critical parameters", withHeader({ crit: "b64" })),
  refused("KEY-44", "null for critical parameters", withHeader({ crit: null })),
  refused("KEY-45", "b64: true, critical", withHeader({ crit: ["b64"], b64: true })),
  refused("KEY-46", "b64: false, critical", withHeader({ crit: ["b64"], b64: false })),
  refused("KEY-47", "b64: false, not critical", withHeader({ b64: false })),

  ...[
    "logout+jwt",
    "dpop+jwt",
    "token-introspection+jwt",
    "secevent+jwt",
    "oauth-authz-req+jwt",
    "id_token+jwt",
    "vc+sd-jwt",
    "kb+jwt",
    "client-authentication+jwt",
    "JOSE",
    "JWE",
    "application/dpop+jwt",
    "at+jwt ",
    "at+jwt; x=1",
    "jwt+at",
    "application/application/at+jwt",
    "",
  ].map((typ, index) => refused(`KEY-${50 + index}`, `typ ${JSON.stringify(typ)}`, withHeader({ typ }))),
  refused("KEY-70", "a number for typ", withHeader({ typ: 7 })),
  refused("KEY-71", "a list with typ in it", withHeader({ typ: ["at+jwt"] })),
  refused("KEY-72", "null for typ", withHeader({ typ: null })),

  accepted("KEY-80", "typ at+jwt", withHeader({})),
  accepted("KEY-81", "typ AT+JWT", withHeader({ typ: "AT+JWT" })),
  accepted("KEY-82", "typ application/at+jwt", withHeader({ typ: "application/at+jwt" })),
  accepted("KEY-83", "typ JWT", withHeader({ typ: "JWT" })),
  accepted("KEY-84", "no typ", withHeader({ typ: undefined })),
  accepted("KEY-85", "no key id, and a good key", withHeader({ kid: undefined })),
  accepted("KEY-86", "the places of other keys, neither used nor fetched", (stage) =>
    stage.sign({}, { jwk: attacker.publicJwk, jku: tempt(stage), x5u: tempt(stage), x5c: [certificate] }),
  ),
]);

const rfc9068 = group(
  [
    refused("KEY-90", "typ JWT, under RFC 9068", withHeader({ typ: "JWT" })),
    refused("KEY-91", "no typ, under RFC 9068", withHeader({ typ: undefined })),
    refused("KEY-92", "typ dpop+jwt, under RFC 9068", withHeader({ typ: "dpop+jwt" })),
    accepted("KEY-93", "typ at+jwt, under RFC 9068", withHeader({})),
    accepted("KEY-94", "typ application/at+jwt, under RFC 9068", withHeader({ typ: "application/at+jwt" })),
    ...["sub", "client_id", "iat", "jti"].map(
      (name, index): Attack => ({
        id: `KEY-${95 + index}`,
        title: `no ${name}, under RFC 9068`,
        expected: "invalid_claims",
        send: ({ sign }) => sign({ [name]: undefined }),
      }),
    ),
  ],
  { env: { AUTH_TOKEN_PROFILE: "rfc9068" } },
);

export const keyAttacks: readonly AttackGroup[] = [usual, rfc9068];
