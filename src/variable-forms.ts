import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import * as z from "zod";

/** Environment variables as they are found. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables, of which an empty one counts as unset. One with a mistake is noted among the problems, and reads
 * as unset, so that the others can be checked too.
 */
export function readVariables<T>(schema: z.ZodType<T>, environment: Environment, problems: Map<string, string>): T {
  // White space around a value is never meant: it comes with mounted files and from other systems' line ends.
  const trimmed = Object.entries(environment).map(([name, value]) => [name, value?.trim()] as const);
  const set = Object.fromEntries(trimmed.filter(([, value]) => value));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) {
    problems.set(String(path[0]), message);
    delete set[String(path[0])];
  }
  return schema.parse(set);
}

/** The forms that the value of an environment variable can have. */

export const text: z.ZodString = z.string();

export const number: z.ZodType<number, string> = text.regex(/^\d+(\.\d+)?$/, "must be a number").transform(Number);

export const port: typeof number = number.refine(
  (value) => Number.isInteger(value) && value <= 65_535,
  "must be a whole number up to 65535",
);

/** A timer's longest time, in milliseconds, is the most that any of them can be. */
const greatestCount = 2 ** 31 - 1;

export const count: typeof number = number.refine(
  (value) => Number.isInteger(value) && value <= greatestCount,
  `must be a whole number up to ${greatestCount}`,
);

export const atLeastOne: typeof number = count.refine((value) => value > 0, "must not be 0");

const listOf = (separator: string): z.ZodType<string[], string> =>
  text.transform((value) => split(value, separator)).refine((items) => items.length > 0, "must name at least one");
export const commaSeparated: z.ZodType<string[], string> = listOf(",");
export const spaceSeparated: z.ZodType<string[], string> = listOf(" ");

export const origins: z.ZodType<string[], string> = commaSeparated
  .refine(
    (values) => values.every((value) => toOrigin(value) !== undefined),
    "must be origins, comma separated, such as https://app.example.com: no path, and not *",
  )
  .transform((values) => values.flatMap((value) => toOrigin(value) ?? []));

export const publicUrl: z.ZodString = text.refine(
  (value) => /^https?:\/\/[^\s?#@]+$/.test(value) && URL.canParse(value),
  "must be an http or https URL without user, query and fragment",
);

export const addresses: z.ZodType<string[], string> = commaSeparated.refine(
  (values) => values.every(isAddressOrNetwork),
  "must be IP addresses or networks such as 10.0.0.0/8, comma separated",
);

export const redisUrl: z.ZodString = text.refine(
  isRedisUrl,
  "must be a URL such as redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6380/0 (in the password % is written as %25)",
);

/** A path; its value is what the file holds. */
export const contentOfFile: z.ZodType<string, string> = text.transform((path, context) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    context.addIssue({ code: "custom", message: "must be the path of a file that can be read" });
    return z.NEVER;
  }
});

function split(value: string, separator: string): string[] {
  return value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

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

/** A web origin as browsers send it, from one that may have a slash at its end; undefined for anything else. */
function toOrigin(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const { protocol, origin, href } = new URL(value);
  return /^https?:$/.test(protocol) && href === `${origin}/` ? origin : undefined;
}
