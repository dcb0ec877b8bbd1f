import type { Choices } from "./choices.ts";

/** Which types a schema has, and which object or interface can stand for which interface or union. */
export interface TypeNames {
  readonly query: string;
  readonly mutation: string | undefined;
  readonly roots: readonly string[];
  readonly objects: readonly string[];
  readonly interfaces: readonly string[];
  readonly unions: readonly string[];
  readonly inputs: readonly string[];
  readonly scalars: readonly string[];
  readonly enums: readonly string[];
  /** The interfaces of each object and interface, those of its interfaces included, as GraphQL wants it. */
  readonly implemented: ReadonlyMap<string, readonly string[]>;
  /** The members of each union. */
  readonly members: ReadonlyMap<string, readonly string[]>;
}

/** Chooses which types there are, before it is said what they are like. */
export function chooseTypeNames(choices: Choices): TypeNames {
  const query = choices.chance(30) ? "Root" : "Query";
  const mutation = choices.chance(50) ? choices.pick(["Mutation", "Change"]) : undefined;
  const roots = mutation === undefined ? [query] : [query, mutation];
  const objects = ["A", "B", "C", "D"].slice(0, 1 + choices.below(4));
  const interfaces = ["I", "J", "K"].slice(0, choices.below(4));
  const unions = ["U", "V"].slice(0, choices.below(3));
  return {
    query,
    mutation,
    roots,
    objects,
    interfaces,
    unions,
    inputs: ["Filter", "Deep"].slice(0, choices.below(3)),
    scalars: choices.some(["S"], 60),
    enums: choices.some(["E"], 60),
    implemented: chooseInterfaces(choices, interfaces, objects, roots),
    members: new Map(unions.map((name) => [name, [...new Set([choices.pick(objects), ...choices.some(objects, 70)])]])),
  };
}

function chooseInterfaces(
  choices: Choices,
  interfaces: readonly string[],
  objects: readonly string[],
  roots: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const implemented = new Map<string, readonly string[]>();
  const choose = (name: string, from: readonly string[], percent: number): void => {
    const chosen = choices.some(from, percent);
    implemented.set(name, [...new Set(chosen.flatMap((one) => [one, ...(implemented.get(one) ?? [])]))]);
  };
  for (const [index, name] of interfaces.entries()) choose(name, interfaces.slice(0, index), 35);
  for (const name of objects) choose(name, interfaces, 50);
  for (const name of roots) choose(name, interfaces, 10);
  return implemented;
}
