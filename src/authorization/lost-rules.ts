import { type DocumentNode, Kind, specifiedScalarTypes } from "graphql";
import { PolicyError } from "./policy.ts";

/**
 * Refuses SDL that puts directives on a built-in scalar (`scalar ID @auth`): graphql-js takes its own scalar instead,
 * and the schema has no trace of them. Throws a `PolicyError`. For whoever still has the SDL; a schema cannot tell.
 */
export function assertNoLostRules(documents: readonly DocumentNode[]): void {
  const names = documents
    .flatMap(({ definitions }) => definitions)
    .flatMap((node) => (node.kind === Kind.SCALAR_TYPE_DEFINITION && node.directives?.length ? node.name.value : []))
    .filter((name) => specifiedScalarTypes.some((scalar) => scalar.name === name));
  if (names.length > 0) {
    throw new PolicyError(
      names.map(
        (name) => `${name}: no rule can be enforced on a built-in scalar; write it on fields, or define another scalar`,
      ),
    );
  }
}
