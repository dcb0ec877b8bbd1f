import type { FieldNode, GraphQLResolveInfo } from "graphql";
import { expect, test } from "vitest";
import { type ToldRefusals, wasTold } from "../src/authorization/told-refusals.ts";

type Path = GraphQLResolveInfo["path"];

const toPath = (...keys: (string | number)[]): Path =>
  keys.reduce<Path | undefined>((prev, key) => ({ prev, key, typename: undefined }), undefined) as Path;

/** Whether each of these places, one after the other, was told before, for one selection. */
function tell(...places: readonly (readonly (string | number)[])[]): readonly boolean[] {
  const told: ToldRefusals = new Map();
  const fieldNodes = [{} as FieldNode];
  return places.map((keys) => wasTold(told, { fieldNodes, path: toPath(...keys) } as unknown as GraphQLResolveInfo));
}

test("a refusal is told once in a list, at the first item, also in a list of lists", () => {
  expect(tell(["list", 0, "f"], ["list", 1, "f"], ["list", 2, "f"])).toEqual([false, true, true]);
  expect(tell(["a", 0, "b", 0, "f"], ["a", 0, "b", 1, "f"], ["a", 1, "b", 0, "f"])).toEqual([false, true, true]);
  expect(tell(["f", 0, 0], ["f", 0, 1], ["f", 1, 0])).toEqual([false, true, true]);
});

test("a selection that is in several places of a response is told in each, however they take turns", () => {
  const turns = [
    ["x", 0, "f"],
    ["y", 0, "f"],
    ["x", 1, "f"],
    ["y", 1, "f"],
    ["x", 2, "f"],
  ];
  expect(tell(...turns)).toEqual([false, false, true, true, true]);
  expect(tell(["x", "f"], ["y", "f"], ["z", "f"], ["x", "f"])).toEqual([false, false, false, true]);
});

test("places of another depth, or with a name where the other has an index, are others", () => {
  expect(tell(["a", "f"], ["b", "a", "f"], ["f"], ["a", 0, "f"])).toEqual([false, false, false, false]);
  expect(tell(["b", "a", "f"], ["a", "f"])).toEqual([false, false]);
  expect(tell(["a", 0, "f"], ["a", "g", "f"], ["a", 1, "f"])).toEqual([false, false, true]);
  expect(tell(["a", "g", "f"], ["a", 0, "f"])).toEqual([false, false]);
});

test("another selection at the same place is told by itself", () => {
  const told: ToldRefusals = new Map();
  const [one, other] = [{} as FieldNode, {} as FieldNode];
  const ask = (node: FieldNode): boolean =>
    wasTold(told, { fieldNodes: [node], path: toPath("f") } as unknown as GraphQLResolveInfo);
  expect([ask(one), ask(other), ask(one), ask(other)]).toEqual([false, false, true, true]);
});
