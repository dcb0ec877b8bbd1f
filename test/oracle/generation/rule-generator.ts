import type { Choices } from "./choices.ts";

/** Few, so that callers often have what is asked for; two of them are names that objects have already. */
export const scopes: readonly string[] = ["a", "b", "c", "constructor", "__proto__"];

/** How often a kind of place has rules, in percent. */
export const density = {
  type: 15,
  abstract: 20,
  leaf: 20,
  root: 5,
  field: 20,
  argument: 25,
  inputField: 35,
  extension: 30,
  directive: 60,
} as const;

/** Rules for one place: often none, sometimes several, which then hold together. */
export function generateRules(choices: Choices, percent: number): string[] {
  if (!choices.chance(percent)) return [];
  return choices.times(1, choices.chance(20) ? 2 : 1, () => generateRule(choices));
}

function generateRule(choices: Choices): string {
  if (choices.chance(35)) return "@auth";
  const scope = (): string => JSON.stringify(choices.pick(scopes));
  const form = choices.below(10);
  if (form < 2) return `@requiresScope(scopes: ${scope()})`;
  if (form < 4) return `@requiresScope(scopes: [${scope()}])`;
  const alternatives = choices.times(1, form < 7 ? 1 : 3, () => `[${choices.times(1, 2, scope).join(", ")}]`);
  return `@requiresScope(scopes: [${alternatives.join(", ")}])`;
}
