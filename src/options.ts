import * as v from "valibot";

interface ParsedOptions<Forms extends v.ObjectEntries> {
  /** Undefined where there are problems. */
  readonly parsed: v.InferOutput<v.ObjectSchema<Forms, undefined>> | undefined;
  /** `option` is empty where there are no options at all. */
  readonly problems: readonly { readonly option: string; readonly message: string }[];
}

/**
 * Parses what a function was given as its options: each, or everything that is wrong with them, in words. One that has
 * no form is wrong too: a slip of the pen must not leave a check out.
 */
export function parseOptions<const Forms extends v.ObjectEntries>(
  forms: Forms,
  options: unknown,
): ParsedOptions<Forms> {
  if (!isObject(options)) return { parsed: undefined, problems: [{ option: "", message: "must be an object" }] };
  // All are there, if only as undefined, so that each form says itself what is wrong with a missing one.
  const known = Object.fromEntries(Object.keys(forms).map((option) => [option, options[option]]));
  const result = v.safeParse(v.object(forms), known);
  const problems = (result.issues ?? []).map(({ path, message }) => ({ option: String(path?.[0].key), message }));
  for (const option in options) {
    if (!Object.hasOwn(forms, option)) problems.push({ option, message: "is not an option" });
  }
  return { parsed: result.success && problems.length === 0 ? result.output : undefined, problems };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
