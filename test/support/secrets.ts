/** Shorter ones stand in too many texts by chance. */
const shortest = 6;

/** What a request's header lines hold that belongs in no answer and no log line. */
export function listSecrets(lines: readonly string[], isPublic: (text: string) => boolean): readonly string[] {
  const telling = lines.filter((line) => !/^accept:/i.test(line));
  const values = telling.map((line) => line.slice(line.indexOf(":") + 1).trim());
  const words = values.flatMap((value) => value.split(/[^\w\-.~+/=]+/));
  const parts = words.flatMap((word) => word.split("."));
  const found = [...values, ...words, ...parts, ...parts.flatMap((part) => listTexts(decode(part)))];
  return [...new Set(found)].filter((text) => text.length >= shortest && !isPublic(text));
}

/** Every text in a JSON value, except an algorithm's name. Without recursion: values may be deep. */
function listTexts(root: unknown): readonly string[] {
  const texts: string[] = [];
  const pending = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "object" && value !== null) {
      pending.push(...Object.entries(value).flatMap(([name, member]) => (name === "alg" ? [] : [member])));
    }
  }
  return texts;
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return undefined;
  }
}
