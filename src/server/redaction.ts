/** What stands in a log line instead of a secret. */
export const redacted = "[redacted]";

const headerNames = "(?:proxy-)?authorization|(?:set-)?cookie|dpop";
const secretNames = `${headerNames}|(?:(?:access|refresh|id)_?)?token|(?:client_?)?secret|client_?assertion|password|api_?key`;

/** A string of JSON; a list or an object of them, that may have lists in it. None has two ways to be read. */
const string = '"(?:[^"\\\\]|\\\\.)*"';
const list = `\\[(?:${string}|[^\\]["])*\\]`;
const values = `${string}|\\[(?:${string}|${list}|[^\\]["])*\\]|\\{(?:${string}|${list}|[^{}["])*\\}`;

/**
 * Where secrets stand in JSON, however deep, also in JSON inside of a text, in a list of raw headers, and in forms; and
 * what looks like credentials or a token wherever it stands.
 */
const secrets: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`"(${secretNames})":(?:${values})`, "gi"), `"$1":"${redacted}"`],
  [new RegExp(`"(${headerNames})","(?:[^"\\\\]|\\\\.)*"`, "gi"), `"$1","${redacted}"`],
  [new RegExp(`\\\\"(${secretNames})\\\\":\\s*\\\\"[^"\\\\]*`, "gi"), `\\"$1\\":\\"${redacted}`],
  [new RegExp(`\\b(${secretNames})=[^&\\s"\\\\]+`, "gi"), `$1=${redacted}`],
  [/\b(Bearer|DPoP|Basic) +[\w\-.~+/]{16,}=*/gi, `$1 ${redacted}`],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*/g, redacted],
];

/** A part of each of them: a line without any, as nearly all are, has no secret to be looked for. */
const hints = /token|secret|assertion|password|api_?key|authorization|cookie|dpop|bearer|basic|eyj/i;

/**
 * Takes secrets out of a log line; it stays JSON. The last guard, for lines that should not have been written so:
 * a token without any form of its own, under a name that says nothing, is not found.
 */
export function redact(line: string): string {
  if (!hints.test(line)) return line;
  return secrets.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}
