import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  buildClientSchema,
  execute,
  type GraphQLSchema,
  getIntrospectionQuery,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  validate,
  validateSchema,
} from "graphql";
import { expect, test } from "vitest";
import { toFilteredDocument } from "../../src/authorization/filtered-introspection.ts";
import type { Caller } from "./execution.ts";
import { cases } from "./generation/case.ts";
import { readChoices, tapes } from "./generation/choices.ts";
import { generateDocument } from "./generation/document-generator.ts";
import { findPermittedNames } from "./permitted-names.ts";
import { buildProduct, run, toAuthentication } from "./product.ts";
import { readSchema } from "./type-definitions.ts";

const whole = toFilteredDocument(parse(getIntrospectionQuery({ inputValueDeprecation: true })));

async function introspect(schema: GraphQLSchema, caller: Caller): Promise<GraphQLSchema> {
  const contextValue = { authentication: toAuthentication(caller) };
  const { data, errors } = await execute({ schema, document: whole, contextValue });
  deepStrictEqual(errors, undefined);
  return buildClientSchema(data as never);
}

/** The coordinates that introspection names, but those of interfaces and unions. */
function listNames(seen: GraphQLSchema): ReadonlySet<string> {
  const names = new Set<string>();
  for (const type of Object.values(seen.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type) || isAbstractType(type)) continue;
    names.add(type.name);
    const fields = isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
    for (const field of fields) {
      if (field.name === "nothing_") continue;
      names.add(`${type.name}.${field.name}`);
      for (const arg of "args" in field ? field.args : []) names.add(`${type.name}.${field.name}(${arg.name}:)`);
    }
  }
  return names;
}

/** An interface has lost a field only where an object that is left has, or where it could not stay as it was. */
function assertInterfaces(seen: GraphQLSchema, full: GraphQLSchema): void {
  for (const type of Object.values(full.getTypeMap()).filter(isInterfaceType)) {
    const view = seen.getType(type.name);
    const left = full.getPossibleTypes(type).flatMap(({ name }) => {
      const object = seen.getType(name);
      return isObjectType(object) ? [object] : [];
    });
    if (isAbstractType(view)) deepStrictEqual(new Set(seen.getPossibleTypes(view)), new Set(left));
    for (const field of Object.values(type.getFields())) {
      if (left.length === 0 || (isInterfaceType(view) && field.name in view.getFields())) continue;
      const isPlain =
        field.args.length === 0 && /^[[\]!]*(Int|String|ID|Boolean|Float)[[\]!]*$/.test(String(field.type));
      ok(!isPlain || left.some((object) => !(field.name in object.getFields())), `${type.name}.${field.name}`);
    }
  }
}

test("introspection names exactly what its caller may use and can reach, as a valid schema, and what is made of these names is not refused", async () => {
  const seen = { callers: 0, documents: 0, without: 0, unions: 0 };
  const property = fc.asyncProperty(
    cases,
    fc.array(tapes(700), { minLength: 1, maxLength: 4 }),
    async (one, operations) => {
      const refused: (string | undefined)[] = [];
      const product = buildProduct(one.sdl, one.dataset, {
        introspection: "permitted",
        onRefusal: ({ coordinate }) => refused.push(coordinate),
      });
      const definition = readSchema(one.sdl);
      for (const { caller } of one.documents.slice(0, 2).flatMap(({ executions }) => executions.slice(0, 2))) {
        const view = await introspect(product, caller);
        deepStrictEqual(validateSchema(view), []);
        const expected = findPermittedNames(definition, caller);
        deepStrictEqual([...listNames(view)].toSorted(), [...expected].toSorted());
        assertInterfaces(view, product);
        seen.callers += 1;
        if ("nothing_" in (view.getQueryType()?.getFields() ?? {})) seen.without += 1;
        if (
          Object.values(view.getTypeMap()).some(
            (type) => isInterfaceType(product.getType(type.name)) && !isInterfaceType(type),
          )
        )
          seen.unions += 1;
        for (const operation of operations) {
          const { text, operationNames, variables } = generateDocument(readChoices(operation), view);
          const document = parse(text);
          if (validate(view, document).length > 0) continue;
          deepStrictEqual(validate(product, document), []);
          for (const operationName of operationNames) {
            const { dataset } = one;
            await run(product, { document: toFilteredDocument(document), operationName, variables, caller, dataset });
          }
          seen.documents += 1;
        }
        // Behind an interface there can be objects of which nothing is left.
        deepStrictEqual(
          refused.splice(0).filter((coordinate) => view.getType(coordinate?.split(".")[0] ?? "")),
          [],
        );
      }
    },
  );
  // Not made smaller: that takes longer than all the rest. The seed is in the message.
  await fc.assert(property, { numRuns: 80, endOnFailure: true });
  for (const [kind, times] of Object.entries(seen)) expect(times, kind).toBeGreaterThan(5);
}, 180_000);
