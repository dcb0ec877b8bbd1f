import type { Happening, Prediction } from "./executor.ts";
import type { Case } from "./generation/case.ts";

/** How often each kind of thing was seen: generators that no longer make one of them prove nothing about it. */
export type Distribution = Map<string, number>;

/** What a document or a schema holds, by a sign of it in the text. */
const signs: readonly (readonly [string, "sdl" | "document", RegExp])[] = [
  ["alias __proto__", "document", /__proto__:/],
  ["alias constructor", "document", /constructor:/],
  ["fragment without a type condition", "document", /\.\.\.( @\w+\([^)]*\))* \{/],
  ["fragment on an interface", "document", /\.\.\. on [IJK]\b/],
  ["fragment on a union", "document", /\.\.\. on [UV]\b/],
  ["fragment on an object", "document", /\.\.\. on [ABCD]\b/],
  ["named fragment", "document", /^fragment/m],
  ["fragment spread twice", "document", /(\.\.\.\w+).*\1/],
  ["several operations", "document", /O1/],
  ["mutation", "document", /^mutation/m],
  ["condition by a literal", "document", /@(skip|include)\(if: (true|false)/],
  ["condition by a variable", "document", /@(skip|include)\(if: \$/],
  ["__typename", "document", /__typename/],
  ["__schema", "document", /__schema/],
  ["custom root type", "sdl", /^schema/m],
  ["rule in an extension of an object", "sdl", /^extend type [^{\n]*@/m],
  ["rule in an extension of an interface", "sdl", /^extend interface [^{\n]*@/m],
  ["interface of an interface", "sdl", /^interface \w+ implements/m],
  ["root type behind an interface", "sdl", /^type (Query|Root) implements/m],
];

const happenings: readonly Happening[] = [
  "field refused",
  "field refused for an argument",
  "field refused for an input field",
  "argument provided by a literal",
  "argument provided by a variable",
  "argument provided by a variable's default",
  "input field provided by a literal",
  "input field provided by a variable",
  "input field provided by a variable's default",
  "guarded field granted",
  "guarded input granted",
  "refusal took its parent along",
  "refusal in a list told already",
  "two selections refused at one place",
  "merged fields",
];

const callers = ["anonymous", "authenticated", "rejected", "unavailable"];

/** What has to be seen of outcomes. */
export const outcomeKinds: readonly string[] = [
  ...signs.map(([kind]) => kind),
  ...happenings,
  ...callers,
  "partial grant",
  "no data",
  "failure of a resolver",
];

/** Counts what a case had in it. */
export function countCase(seen: Distribution, { sdl, documents }: Case, predictions: readonly Prediction[]): void {
  add(seen, "schemas");
  for (const [kind, where, sign] of signs) if (where === "sdl" && sign.test(sdl)) add(seen, kind);
  for (const { text } of documents) {
    add(seen, "documents");
    for (const [kind, where, sign] of signs) if (where === "document" && sign.test(text)) add(seen, kind);
  }
  for (const { execution, data, happenings: had, errors } of predictions) {
    add(seen, "executions");
    add(seen, execution.caller.kind);
    for (const happening of had) add(seen, happening);
    if (had.has("field refused") && (had.has("guarded field granted") || had.has("guarded input granted"))) {
      add(seen, "partial grant");
    }
    if (data === null) add(seen, "no data");
    if (errors.some(({ code }) => code === undefined)) add(seen, "failure of a resolver");
  }
}

/** By the names that are generated: what stands at a coordinate. */
const places: readonly (readonly [string, RegExp])[] = [
  ["a rule on an object", /^[ABCD]$/],
  ["a rule on an object's field", /^[ABCD]\.\w+$/],
  ["a rule on an object's argument", /^[ABCD]\.\w+\(/],
  ["a rule on an interface", /^[IJK]$/],
  ["a rule on an interface's field", /^[IJK]\.\w+$/],
  ["a rule on an interface's argument", /^[IJK]\.\w+\(/],
  ["a rule on a union", /^[UV]$/],
  ["a rule on a scalar", /^S$/],
  ["a rule on an enum", /^E$/],
  ["a rule on an input field", /^(Filter|Deep)\./],
  ["a directive's argument", /^@/],
];

/** What has to be seen of schemas. */
export const schemaKinds: readonly string[] = [...places.map(([kind]) => kind), "schema accepted", "schema refused"];

/** Counts for what a schema is refused. */
export function countSchema(seen: Distribution, coordinates: readonly string[]): void {
  add(seen, "schemas");
  add(seen, coordinates.length > 0 ? "schema refused" : "schema accepted");
  for (const [kind, sign] of places) if (coordinates.some((coordinate) => sign.test(coordinate))) add(seen, kind);
}

/** Counts one of a kind. */
export function add(seen: Distribution, kind: string): void {
  seen.set(kind, (seen.get(kind) ?? 0) + 1);
}

/** The kinds that were seen less often than this. */
export function findRare(seen: Distribution, kinds: readonly string[], least: number): readonly string[] {
  return kinds.filter((kind) => (seen.get(kind) ?? 0) < least).map((kind) => `${kind}: ${seen.get(kind) ?? 0}`);
}
