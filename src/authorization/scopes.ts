import type { RequiredScopes } from "../errors.ts";

/** RFC 6749 section 3.3. */
const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** The alternatives that the argument of `@requiresScope` means, or what is wrong with it and the mend. */
export function parseScopes(value: unknown): RequiredScopes | string {
  if (typeof value === "string") return parseScopes([[value]]);
  if (!Array.isArray(value)) return "@requiresScope needs scopes, a list of lists of strings";
  const flat = value.filter((item) => typeof item === "string");
  if (flat.length > 1 || (flat.length === 1 && value.length > 1)) {
    const [all, any] = [JSON.stringify([flat]), JSON.stringify(flat.map((scope) => [scope]))];
    return `@requiresScope(scopes: ${JSON.stringify(value)}) can be read two ways: write ${all} to ask for all of them, or ${any} to ask for any`;
  }
  const alternatives: unknown[] = flat.length === 1 ? [flat] : value;
  if (alternatives.length === 0)
    return "@requiresScope(scopes: []) names no scope; to ask for a valid token only, write @auth";
  return alternatives.every(isAlternative)
    ? alternatives
    : "@requiresScope needs lists of one scope or more, each of RFC 6749's scope characters (no space, no quote, no backslash)";
}

function isAlternative(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((scope) => typeof scope === "string" && scopeToken.test(scope))
  );
}
