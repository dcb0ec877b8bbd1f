import { parseArgs } from "node:util";
import type { Distribution } from "./distribution.ts";
import { assertAgreement, properties } from "./properties.ts";

const help = `npm run fuzz -- --minutes N

Generates schemas, data, operations and callers, and compares what the guarded schema does with what the oracle in
test/oracle says it must do, and what a server answers past Apollo Server with what that answers. Ends with the smallest counterexample it finds, else after N minutes.

  --minutes N      how long to go on, with a new seed every 100 schemas
  --seed S         instead: once, with the seed of an earlier failure
  --path P         and only what that failure came to
  --property NAME  only this one: ${Object.keys(properties).join(", ")}
  --help           this text
`;

/** What to do: nothing but saying something, going on for a time, or repeating one seed. */
type Plan =
  | { readonly kind: "say"; readonly text: string; readonly exitCode: number }
  | { readonly kind: "go on"; readonly minutes: number; readonly names: readonly Name[] }
  | {
      readonly kind: "repeat";
      readonly seed: number;
      readonly path?: string | undefined;
      readonly names: readonly Name[];
    };

type Name = keyof typeof properties;

function parsePlan(given: readonly string[]): Plan {
  const refuse = (text: string): Plan => ({ kind: "say", text: `${text}\n\n${help}`, exitCode: 1 });
  let values: { minutes?: string; seed?: string; path?: string; property?: string; help?: boolean };
  try {
    const string = { type: "string" } as const;
    const options = {
      minutes: string,
      seed: string,
      path: string,
      property: string,
      help: { type: "boolean" },
    } as const;
    ({ values } = parseArgs({ args: [...given], options }));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { kind: "say", text: help, exitCode: 0 };
  const names = listNames(values.property);
  if (names.length === 0) return refuse(`There is no property '${values.property}'`);
  if (values.seed !== undefined) {
    if (!/^-?\d{1,10}$/.test(values.seed)) return refuse("--seed must be a whole number");
    if (values.path !== undefined && !/^\d+(:\d+)*$/.test(values.path))
      return refuse("--path must be numbers and colons");
    if (values.minutes !== undefined) return refuse("--minutes and --seed exclude each other");
    return { kind: "repeat", seed: Number(values.seed), path: values.path, names };
  }
  const minutes = Number(values.minutes);
  if (!/^\d*\.?\d+$/.test(values.minutes ?? "") || minutes <= 0 || minutes > 10_000) {
    return refuse("--minutes must be a number above 0, such as 5 or 0.5");
  }
  return values.path === undefined ? { kind: "go on", minutes, names } : refuse("--path needs --seed");
}

function listNames(wanted: string | undefined): readonly Name[] {
  const names: readonly Name[] = ["outcomes", "schemas", "answers", "plans"];
  return wanted === undefined ? names : names.filter((name) => name === wanted);
}

async function main(): Promise<void> {
  const plan = parsePlan(process.argv.slice(2));
  if (plan.kind === "say") {
    process.stdout.write(plan.text);
    process.exitCode = plan.exitCode;
    return;
  }
  const seen: Readonly<Record<Name, Distribution>> = {
    outcomes: new Map(),
    schemas: new Map(),
    answers: new Map(),
    plans: new Map(),
  };
  const until = plan.kind === "go on" ? Date.now() + plan.minutes * 60_000 : 0;
  try {
    do {
      for (const name of plan.names) {
        const trial = plan.kind === "repeat" ? { numRuns: 1_000, seed: plan.seed, path: plan.path } : { numRuns: 100 };
        await assertAgreement(name, seen[name], trial);
      }
    } while (Date.now() < until);
    process.stdout.write(`No disagreement in ${count(seen)}.\n`);
  } catch (error) {
    process.stdout.write(
      `${error instanceof Error ? error.message : error}\n\nAfter ${count(seen)}, the search for a small counterexample included.\n`,
    );
    process.exitCode = 1;
  }
}

function count({ outcomes, schemas, answers, plans }: Readonly<Record<Name, Distribution>>): string {
  const told = (seen: Distribution, kind: string): number => seen.get(kind) ?? 0;
  return (
    `${told(outcomes, "executions")} cases (${told(outcomes, "documents")} documents for several callers each, ` +
    `on ${told(outcomes, "schemas")} schemas), ${told(schemas, "schemas")} schemas with rules anywhere, ` +
    `${told(answers, "past Apollo Server")} answers past Apollo Server and ${told(plans, "planned")} planned queries`
  );
}

await main();
