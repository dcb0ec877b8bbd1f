import type { Choices } from "./choices.ts";

const wrappings = ["#", "#", "#", "#!", "[#]", "[#]", "[#!]", "[#]!", "[#!]!", "[[#]]", "[[#!]!]"] as const;

/** A type made of the named one, often with lists and non-nulls around it. */
export function generateWrapping(choices: Choices, name: string): string {
  return choices.pick(wrappings).replace("#", name);
}

/** The same type with further non-nulls. */
export function narrowNulls(choices: Choices, type: string): string {
  return type.replace(/[\w\]](?=\]|$)/g, (end) => (choices.chance(15) ? `${end}!` : end));
}

/** The same type with each non-null that either of two types has, which differ in nothing else. */
export function meetTypes(one: string, other: string): string {
  let [met, left, right] = ["", 0, 0];
  while (left < one.length || right < other.length) {
    const character = one[left] ?? "!";
    const counterpart = other[right] ?? "!";
    if (character === counterpart || character === "!") left += 1;
    if (character === counterpart || character !== "!") right += 1;
    met += character === "!" ? character : counterpart;
  }
  return met;
}

/** The name of a type without lists and non-nulls. */
export function toNamed(type: string): string {
  return type.replace(/[[\]!]/g, "");
}
