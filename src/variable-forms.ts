import { readFileSync } from "node:fs";
import * as z from "zod";

/** The forms that the value of an environment variable can have. */

export const text: z.ZodString = z.string();

export const number: z.ZodType<number, string> = text.regex(/^\d+(\.\d+)?$/, "must be a number").transform(Number);

export const port: typeof number = number.refine(
  (value) => Number.isInteger(value) && value <= 65_535,
  "must be a whole number up to 65535",
);

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

/** A web origin as browsers send it, from one that may have a slash at its end; undefined for anything else. */
function toOrigin(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const { protocol, origin, href } = new URL(value);
  return /^https?:$/.test(protocol) && href === `${origin}/` ? origin : undefined;
}
