// Printable ASCII without backslash: parsing would forgive white space, control characters and other slashes.
const plainHttpUrl = /^https?:\/\/(?![/?#])[\x21-\x5b\x5d-\x7e]+$/i;

/**
 * An absolute http or https URL without query and fragment, so normalised that two of them for one resource are equal
 * (RFC 9449 section 4.3: syntax-based and scheme-based, RFC 3986 sections 6.2.2 and 6.2.3). Undefined for anything else.
 */
export function toComparableUrl(value: unknown): string | undefined {
  if (typeof value !== "string" || !plainHttpUrl.test(value) || !URL.canParse(value)) return undefined;
  // Parsing does the case of scheme and host, the default port, the dot segments and the empty path.
  const { origin, pathname, username, password } = new URL(value);
  if (username || password) return undefined;
  return origin + pathname.replace(/%[0-9a-f]{2}/gi, normalizeEscape);
}

function normalizeEscape(sequence: string): string {
  const character = String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
  return /[A-Za-z0-9\-._~]/.test(character) ? character : sequence.toUpperCase();
}
