import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createObjectNotes } from "../src/authorization/object-notes.ts";

test("a note is read where it was written, the latest one, and nowhere else", () => {
  const notes = createObjectNotes<string>();
  const object = {};
  expect(notes.read(object)).toBe(undefined);
  notes.write(object, "first");
  notes.write(object, "second");
  expect(notes.read(object)).toBe("second");
  expect(notes.read({})).toBe(undefined);
  expect(createObjectNotes<string>().read(object)).toBe(undefined);
});

test("the object is not changed by it for anybody else, and no copy has it", () => {
  const notes = createObjectNotes<string>();
  const object = { id: 1 };
  notes.write(object, "note-mark");
  expect(Reflect.ownKeys(object)).toEqual(["id"]);
  expect(inspect(object, { showHidden: true })).not.toContain("note-mark");
  expect(JSON.stringify(object)).toBe('{"id":1}');
  for (const copy of [{ ...object }, structuredClone(object), Object.create(object) as object])
    expect(notes.read(copy)).toBe(undefined);
});

test("a frozen object can have a note, and so can one without a prototype", () => {
  const notes = createObjectNotes<string>();
  for (const object of [Object.freeze({}), Object.create(null) as object]) {
    notes.write(object, "note");
    expect(notes.read(object)).toBe("note");
  }
});
