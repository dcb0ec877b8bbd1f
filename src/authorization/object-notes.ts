/** Notes on objects of others: nobody else can see them, and no copy of an object has its note. */
export interface ObjectNotes<T> {
  readonly read: (object: object) => T | undefined;
  readonly write: (object: object, note: T) => void;
}

/** A constructor that makes nothing: what extends it puts its private fields on the object that it is given. */
const Given = function returnIt(object: object): object {
  return object;
} as unknown as new (
  object: object,
) => object;

/**
 * Makes a place for notes, which are kept with the objects, frozen ones too. As a WeakMap is, and some six times as
 * fast where most objects are noted once and then forgotten; a hidden property that is defined costs as much as a
 * WeakMap. A class, because only a class has private fields.
 */
export function createObjectNotes<T>(): ObjectNotes<T> {
  class Noted extends Given {
    #note: T;

    constructor(object: object, note: T) {
      super(object);
      this.#note = note;
    }

    static read(object: object): T | undefined {
      return #note in object ? object.#note : undefined;
    }

    static write(object: object, note: T): void {
      if (#note in object) object.#note = note;
      else new Noted(object, note);
    }
  }
  return Noted;
}
