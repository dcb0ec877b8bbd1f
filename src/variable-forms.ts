import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import * as v from "valibot";

/** Environment variables as they are found. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables, of which an empty one counts as unset. One with a mistake is noted among the problems, and reads
 * as unset, so that the others can be checked too.
 */
export function readVariables<T>(
  schema: v.GenericSchema<unknown, T>,
  environment: Environment,
  problems: Map<string, string>,
): T {
  // White space around a value is never meant: it comes with mounted files and from other systems' line ends.
  const trimmed = Object.entries(environment).map(([name, value]) => [name, value?.trim()] as const);
  const set = Object.fromEntries(trimmed.filter(([, value]) => value));
  const result = v.safeParse(schema, set);
  if (result.success) return result.output;
  for (const { path, message } of result.issues) {
    const name = String(path?.[0].key);
    problems.set(name, message);
    delete set[name];
  }
  return v.parse(schema, set);
}

/** What the value of an environment variable is read as. */
type Form<T> = v.GenericSchema<string, T>;

/** The forms that the value of an environment variable can have. */

export const text: Form<string> = v.string();

export const number: Form<number> = v.pipe(text, v.regex(/^\d+(\.\d+)?$/, "must be a number"), v.transform(Number));

const wholeNumberUpTo = (most: number): Form<number> => {
  const message = `must be a whole number up to ${most}`;
  return v.pipe(number, v.integer(message), v.maxValue(most, message));
};

export const port: Form<number> = wholeNumberUpTo(65_535);

/** A timer's longest time, in milliseconds, is the most that any of them can be. */
export const count: Form<number> = wholeNumberUpTo(2 ** 31 - 1);

/** One that is known before the server listens. */
export const fixedPort: Form<number> = v.pipe(port, v.notValue(0, "must not be 0"));

export const atLeastOne: Form<number> = v.pipe(count, v.notValue(0, "must not be 0"));

const listOf = (separator: string): Form<string[]> => {
  const split = (value: string): string[] => value.split(separator).map((item) => item.trim());
  return v.pipe(
    text,
    v.transform(split),
    v.filterItems((item) => item !== ""),
    v.nonEmpty("must name at least one"),
  );
};
export const commaSeparated: Form<string[]> = listOf(",");
export const spaceSeparated: Form<string[]> = listOf(" ");

export const origins: Form<string[]> = v.pipe(
  commaSeparated,
  v.everyItem(isOrigin, "must be origins, comma separated, such as https://app.example.com: no path, and not *"),
  v.mapItems(toOrigin),
);

export const publicUrl: Form<string> = v.pipe(
  text,
  v.check(isPublicUrl, "must be an http or https URL without user, query and fragment"),
);

export const addresses: Form<string[]> = v.pipe(
  commaSeparated,
  v.everyItem(isAddressOrNetwork, "must be IP addresses or networks such as 10.0.0.0/8, comma separated"),
);

export const redisUrl: Form<string> = v.pipe(
  text,
  v.check(
    isRedisUrl,
    "must be a URL such as redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6380/0 (in the password % is written as %25)",
  ),
);

/** A path; its value is what the file holds. */
export const contentOfFile: Form<string> = v.pipe(
  text,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return readFileSync(dataset.value, "utf8");
    } catch {
      addIssue({ message: "must be the path of a file that can be read" });
      return NEVER;
    }
  }),
);

function isRedisUrl(value: string): boolean {
  if (!/^rediss?:\/\/[^\s#?]+$/.test(value) || !URL.canParse(value)) return false;
  const { username, password, pathname } = new URL(value);
  return /^\/?\d*$/.test(pathname) && isDecodable(username) && isDecodable(password);
}

/** The client of Redis decodes both, and throws where that cannot be done. */
function isDecodable(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false;
  }
}

function isAddressOrNetwork(value: string): boolean {
  const [address = "", bits, ...more] = value.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function isPublicUrl(value: string): boolean {
  return /^https?:\/\/[^\s?#@]+$/.test(value) && URL.canParse(value);
}

/** Whether it is a web origin, which may have a slash at its end. */
function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, origin, href } = new URL(value);
  return /^https?:$/.test(protocol) && href === `${origin}/`;
}

/** An origin as browsers send it. */
function toOrigin(value: string): string {
  return new URL(value).origin;
}
