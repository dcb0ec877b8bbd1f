import * as v from "valibot";
import { parseOptions } from "../options.ts";
import { type ClientKey, parseClientKey } from "./client-key.ts";
import { asymmetricAlgorithms } from "./signature.ts";

/** Whose tokens are accepted, and how they are checked. */
export interface IssuerOptions {
  /** The issuer identifier, compared exactly: `https://tenant.auth0.com/` is not `https://tenant.auth0.com`. */
  readonly issuer: string;
  /** This API's identifiers; a token must name at least one. Required for `jwks`. */
  readonly audience?: string | readonly string[] | undefined;
  /** `jwks`: signed JWTs, verified here. `introspection`: asked of the provider (RFC 7662). Default `jwks`. */
  readonly method?: "jwks" | "introspection" | undefined;
  /** Instead of discovery. */
  readonly jwksUri?: string | undefined;
  /** Instead of discovery. */
  readonly introspectionEndpoint?: string | undefined;
  /** This API's own credentials at the introspection endpoint. Required for `introspection`. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Instead of the secret, a private key (`private_key_jwt`): PEM, or the JSON that ZITADEL downloads; not its path. */
  readonly clientKey?: string | undefined;
  /** Claims that grant scopes. Default `scope`, `scp`, `permissions`. */
  readonly scopeClaims?: readonly string[] | undefined;
  /** Accepted JWS algorithms. Default: all asymmetric ones. */
  readonly algorithms?: readonly string[] | undefined;
  /** `any`: typ `at+jwt`, `JWT` or absent. `rfc9068`: typ `at+jwt` and that RFC's claims. Default `any`. */
  readonly tokenProfile?: "any" | "rfc9068" | undefined;
  /** Allowed clock difference, in seconds. Default 5. */
  readonly clockToleranceS?: number | undefined;
  /** How long an active introspection answer is reused, in seconds; 0 asks every time. Default 30. */
  readonly introspectionTtlS?: number | undefined;
  /** Deadline of one look-up at the provider, in milliseconds. Default 3000. */
  readonly timeoutMs?: number | undefined;
}

/** Issuer options, checked and with every default in place. */
export interface Issuer extends Omit<IssuerOptions, "clientKey"> {
  readonly clientKey?: ClientKey | undefined;
  readonly audience: readonly string[];
  readonly method: "jwks" | "introspection";
  readonly scopeClaims: readonly string[];
  readonly algorithms: readonly string[];
  readonly tokenProfile: "any" | "rfc9068";
  readonly clockToleranceS: number;
  readonly introspectionTtlS: number;
  readonly timeoutMs: number;
}

/** One thing wrong with an option; `message` names the mend. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
}

/** Checks issuer options without any I/O: the issuer, or everything that is wrong with them. */
export function parseIssuer(
  options: IssuerOptions,
):
  | { readonly kind: "valid"; readonly issuer: Issuer }
  | { readonly kind: "invalid"; readonly problems: OptionProblem[] } {
  const { parsed, problems } = parseOptions(forms, options);
  const missing = findMissing(options ?? {});
  if (parsed !== undefined && missing.length === 0) return { kind: "valid", issuer: parsed };
  return { kind: "invalid", problems: [...problems, ...missing] };
}

/** What one option makes necessary; checked apart, so that it is said also when something else is wrong. */
function findMissing({ method, audience, ...options }: Partial<IssuerOptions>): readonly OptionProblem[] {
  if (method === "introspection") return findMissingCredentials(options);
  if (audience?.length) return [];
  return [{ option: "audience", message: "is required to check JWTs: a token for another API must not pass" }];
}

function findMissingCredentials(options: Partial<IssuerOptions>): readonly OptionProblem[] {
  const { clientId, clientSecret, clientKey } = options;
  const message = "is required to ask the introspection endpoint";
  const problems: OptionProblem[] = [];
  const key = clientKey ? parseClientKey(clientKey) : undefined;
  // One that cannot be read is a mistake already, and might have told the id.
  const keyTellsId = clientKey ? key === undefined || key.clientId !== undefined : false;
  if (!clientId && !keyTellsId) problems.push({ option: "clientId", message });
  if (!clientSecret && !clientKey) problems.push({ option: "clientSecret", message: `${message}, or a key is` });
  if (clientSecret && clientKey) problems.push({ option: "clientSecret", message: "must not be set beside a key" });
  return problems;
}

/** A provider is spoken to over https; http only where nobody is in between, on a loopback host. */
export function isProviderUrl(value: string): boolean {
  // URL parsing forgives white space; the comparison of issuers does not.
  if (/\s/.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, hash, username, password } = new URL(value);
  if (hash || username || password) return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

const text = (message = "must be a string") => v.pipe(v.string(message), v.nonEmpty("must not be empty"));

const providerUrl = v.pipe(
  v.string("must be a string"),
  v.check(isProviderUrl, "must be an https URL without fragment (http only on a loopback host)"),
);

function numberBetween(least: number, most: number) {
  const message = `must be a number from ${least} to ${most}`;
  return v.pipe(v.custom<number>(Number.isFinite, message), v.minValue(least, message), v.maxValue(most, message));
}

const badClientKey =
  "must be a private key, not encrypted, in PEM form or the JSON that ZITADEL downloads: " +
  "RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519";

const audiences = v.union(
  [
    v.array(text()),
    v.pipe(
      text(),
      v.transform((one) => [one]),
    ),
  ],
  "must be one identifier or a list of them, none of them empty",
);

const clientKey = v.pipe(
  text(),
  v.transform(parseClientKey),
  v.check((key) => key !== undefined, badClientKey),
);

const notStrings = "must be a list of strings";

const scopeClaims = v.pipe(v.array(text(notStrings), notStrings), v.nonEmpty("must name at least one claim"));

const algorithms = v.pipe(
  v.array(v.picklist(asymmetricAlgorithms, `must be of ${asymmetricAlgorithms.join(" ")}`), notStrings),
  v.nonEmpty("must name at least one algorithm"),
);

const wholeMs = v.safeInteger("must be a whole number of milliseconds");

const forms = {
  issuer: v.pipe(providerUrl, v.excludes("?", "must not have a query")),
  audience: v.optional(audiences, []),
  method: v.optional(v.picklist(["jwks", "introspection"], "must be jwks or introspection"), "jwks"),
  jwksUri: v.optional(providerUrl),
  introspectionEndpoint: v.optional(providerUrl),
  clientId: v.optional(text()),
  clientSecret: v.optional(text()),
  clientKey: v.optional(clientKey),
  scopeClaims: v.optional(scopeClaims, ["scope", "scp", "permissions"]),
  algorithms: v.optional(algorithms, [...asymmetricAlgorithms]),
  tokenProfile: v.optional(v.picklist(["any", "rfc9068"], "must be any or rfc9068"), "any"),
  clockToleranceS: v.optional(numberBetween(0, 300), 5),
  introspectionTtlS: v.optional(numberBetween(0, 86_400), 30),
  timeoutMs: v.optional(v.pipe(numberBetween(1, 60_000), wholeMs), 3000),
};
