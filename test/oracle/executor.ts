import { type FieldNode, Kind, type OperationDefinitionNode, type TypeNode } from "graphql";
import { type DataObject, type DataValue, findObject } from "./dataset.ts";
import type { Execution, Outcome, ResponseError, ResponsePath, ResponseValue } from "./execution.ts";
import { findProvidedRules, type ProvidedRule } from "./provided-inputs.ts";
import { findRefusal, type Refusal } from "./refusal.ts";
import { requireAll } from "./requirement.ts";
import { findFieldRules } from "./rules.ts";
import { collectFields, type SelectionScope } from "./selections.ts";
import type { SchemaDefinition, TypeDefinition } from "./type-definitions.ts";
import { readVariables } from "./variables.ts";

/** Something worth counting that happened in a predicted execution: what is never seen is not tested. */
export type Happening =
  | "field refused"
  | "field refused for an argument"
  | "field refused for an input field"
  | `${ProvidedRule["of"]} provided by a ${ProvidedRule["from"]}`
  | "guarded field granted"
  | "guarded input granted"
  | "refusal took its parent along"
  | "refusal in a list told already"
  | "two selections refused at one place"
  | "merged fields";

export interface Prediction extends Outcome {
  readonly execution: Execution;
  readonly happenings: ReadonlySet<Happening>;
}

/** How to go on after a root field failed that must not be null: whatever else is done, there is no data. */
export type AfterRootFailure = "stop" | "go on";

/** An error on its way up to the next place that may be null. */
class FieldError extends Error {
  readonly told: ResponseError;

  constructor(told: ResponseError) {
    super();
    this.told = told;
  }
}

/** Executes an operation as GraphQL says, in order, and with every rule of the schema enforced. */
export function predict(
  schema: SchemaDefinition,
  execution: Execution,
  afterRootFailure: AfterRootFailure = "stop",
): Prediction {
  const { document, dataset, caller } = execution;
  const operation = findOperation(execution);
  const variables = readVariables(operation, execution.variables);
  const scope: SelectionScope = { schema, document, variables };
  const errors: ResponseError[] = [];
  const calls: string[] = [];
  const happenings = new Set<Happening>();
  /** Of each selection, the places of the response at which its refusal was told. */
  const toldPlaces = new Map<FieldNode, Set<string>>();

  /** Why the caller does not get a field as it is selected here. */
  function refuse(type: TypeDefinition, node: FieldNode): Refusal | undefined {
    const ofField = findFieldRules(schema, type, node.name.value);
    const provided = findProvidedRules(schema, type, node, variables);
    for (const { of, from } of provided) happenings.add(`${of} provided by a ${from}`);
    const requirement = requireAll([...ofField, ...provided.map((rule) => rule.requirement)]);
    if (requirement === undefined) return undefined;
    const refusal = findRefusal(requirement, caller);
    if (refusal === undefined) {
      happenings.add(provided.length > 0 ? "guarded input granted" : "guarded field granted");
      return undefined;
    }
    happenings.add("field refused");
    const ofFieldOnly = requireAll(ofField);
    const isGranted = ofFieldOnly === undefined || findRefusal(ofFieldOnly, caller) === undefined;
    for (const { of } of isGranted ? provided : []) {
      happenings.add(of === "argument" ? "field refused for an argument" : "field refused for an input field");
    }
    return refusal;
  }

  function executeField(
    type: TypeDefinition,
    object: DataObject,
    nodes: readonly [FieldNode, ...FieldNode[]],
    path: ResponsePath,
  ): ResponseValue {
    const [node] = nodes;
    const name = node.name.value;
    if (nodes.length > 1) happenings.add("merged fields");
    // Not guarded, and not in the schema's text.
    if (name === "__typename") return type.name;
    if (name === "__schema") return new Map([["queryType", new Map([["name", type.name]])]]);
    const field = type.fields.get(name);
    if (field === undefined) throw new Error(`No field ${type.name}.${name}`);
    return protect(field.type, () => {
      const refusal = refuse(type, node);
      if (refusal !== undefined) {
        const isNullable = field.type.kind !== Kind.NON_NULL_TYPE;
        if (isTold(node, path) && isNullable) {
          happenings.add("refusal in a list told already");
          return null;
        }
        noteTold(node, path);
        if (!isNullable) happenings.add("refusal took its parent along");
        throw new FieldError({ path, ...refusal });
      }
      calls.push(`${type.name}.${name}`);
      return complete(field.type, object.fields.get(name) ?? null, nodes, path);
    });
  }

  function isTold(node: FieldNode, path: ResponsePath): boolean {
    return toldPlaces.get(node)?.has(toPlace(path)) ?? false;
  }

  function noteTold(node: FieldNode, path: ResponsePath): void {
    for (const [other, places] of toldPlaces) {
      if (other !== node && places.has(toPlace(path))) happenings.add("two selections refused at one place");
    }
    toldPlaces.set(node, new Set(toldPlaces.get(node)).add(toPlace(path)));
  }

  /** Where a value may be null, an error inside of it ends there. */
  function protect(type: TypeNode, execute: () => ResponseValue): ResponseValue {
    try {
      return execute();
    } catch (error) {
      if (!(error instanceof FieldError) || type.kind === Kind.NON_NULL_TYPE) throw error;
      errors.push(error.told);
      return null;
    }
  }

  function complete(
    type: TypeNode,
    value: DataValue,
    nodes: readonly [FieldNode, ...FieldNode[]],
    path: ResponsePath,
  ): ResponseValue {
    if (type.kind === Kind.NON_NULL_TYPE) {
      const completed = complete(type.type, value, nodes, path);
      if (completed === null) throw new FieldError({ path });
      return completed;
    }
    if (value === null) return null;
    if (Array.isArray(value)) {
      if (type.kind !== Kind.LIST_TYPE) throw new Error("A list where there should be none");
      return value.map((item, index) => protect(type.type, () => complete(type.type, item, nodes, [...path, index])));
    }
    if (typeof value !== "object" || !("kind" in value)) return value as ResponseValue;
    if (value.kind === "failure") throw new FieldError({ path });
    return executeSelections(findObject(dataset, value.to), nodes, path);
  }

  function executeSelections(object: DataObject, nodes: readonly FieldNode[], path: ResponsePath): ResponseValue {
    const type = findType(schema, object.typeName);
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const data = new Map<string, ResponseValue>();
    for (const [key, selected] of collectFields(scope, type, selectionSets)) {
      data.set(key, executeField(type, object, toNonEmpty(selected), [...path, key]));
    }
    return data;
  }

  function executeRoot(): ResponseValue {
    const type = findType(schema, schema.roots.get(operation.operation) ?? "");
    const object = findObject(dataset, type.name);
    const data = new Map<string, ResponseValue>();
    let failed = false;
    for (const [key, selected] of collectFields(scope, type, [operation.selectionSet])) {
      try {
        data.set(key, executeField(type, object, toNonEmpty(selected), [key]));
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        errors.push(error.told);
        failed = true;
        if (afterRootFailure === "stop") break;
      }
    }
    return failed ? null : data;
  }

  return { execution, data: executeRoot(), errors, calls, happenings };
}

/** A response path without the indices of lists. */
function toPlace(path: ResponsePath): string {
  return JSON.stringify(path.filter((key) => typeof key === "string"));
}

function findOperation({ document, operationName }: Execution): OperationDefinitionNode {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (operationName === undefined || definition.name?.value === operationName) return definition;
  }
  throw new Error(`No operation ${operationName}`);
}

function findType(schema: SchemaDefinition, name: string): TypeDefinition {
  const type = schema.types.get(name);
  if (type === undefined) throw new Error(`No type ${name}`);
  return type;
}

function toNonEmpty(nodes: readonly FieldNode[]): readonly [FieldNode, ...FieldNode[]] {
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error("No selection");
  return [first, ...others];
}
