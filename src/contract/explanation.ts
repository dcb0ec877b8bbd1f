import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getVariableValues,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import { collectNodes } from "../authorization/collected-fields.ts";
import { decide, decideSelection } from "../authorization/decision.ts";
import { type Demand, listDemands } from "../authorization/demands.ts";
import { assertGuarded } from "../authorization/guard.ts";
import { findRefusedFields } from "../authorization/refused-fields.ts";
import type { Refusal } from "../errors.ts";

/** An operation that is valid in a guarded schema, and who calls. */
export interface ExplainedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As JSON. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Authentication;
}

/** What a caller gets of a field. */
type Answer = { readonly kind: "data" } | { readonly kind: "refused"; readonly refusal: Refusal } | Loss;

/** Null, or not there at all, as the refused field with this response path is null; `perhaps`, by an object's type. */
interface Loss {
  readonly kind: "lost" | "perhaps";
  readonly because: string;
}

/** One field of an operation, and of each object type that it can be a field of. */
export interface ExplainedField {
  /** Its response path, without the indices of lists. */
  readonly path: string;
  readonly coordinate: string;
  /** What it asks for, itself and by the guarded arguments and input fields that the operation provides. */
  readonly demands: readonly Demand[];
  readonly answer: Answer;
}

/** What an operation asks for, and what its caller gets. */
export interface Explanation {
  readonly fields: readonly ExplainedField[];
  /** Why nothing is executed at all; undefined where the operation is. */
  readonly refusal: Refusal | undefined;
}

interface ExplainedObject {
  readonly fields: readonly ExplainedField[];
  /** Why the whole object is null. */
  readonly loss: Loss | undefined;
}

/**
 * Says of every field of an operation what it asks for and what its caller gets, as the guards decide it.
 * Throws a TypeError that lists what is wrong with the variables.
 */
export function explainOperation(explained: ExplainedOperation): Explanation {
  const { schema, document, operation, caller } = explained;
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], explained.variables);
  if (coerced === undefined) throw new TypeError(errors.map(({ message }) => message).join("\n"));
  const variables = coerced;
  const { fields: guarded } = assertGuarded(schema);

  /** By type and place, as objects of several types lead to the same ones: else each level would multiply them. */
  const known = new Map<string, (readonly [readonly Selecting[], ExplainedObject])[]>();

  function explainOnce(type: GraphQLObjectType, nodes: readonly Selecting[], path: string): ExplainedObject {
    const place = `${type.name} ${path}`;
    const there = known.get(place) ?? [];
    const found = there.find(([asked]) => asked.length === nodes.length && asked.every((one, at) => one === nodes[at]));
    if (found !== undefined) return found[1];
    const object = explainObject(type, nodes, path);
    known.set(place, [...there, [nodes, object]]);
    return object;
  }

  function explainObject(type: GraphQLObjectType, nodes: readonly Selecting[], path: string): ExplainedObject {
    const selections = nodes.flatMap((node) => node.selectionSet?.selections ?? []);
    const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
    const selected = collectNodes({ schema, document, type, selectionSet, variables });
    const parts = [...selected].map(([key, found]) => explainField(type, found, path === "" ? key : `${path}.${key}`));
    const losses = parts.flatMap(({ loss }) => loss ?? []);
    const loss = losses.find(({ kind }) => kind === "lost") ?? losses[0];
    return {
      loss,
      fields: lose(
        parts.flatMap(({ fields }) => fields),
        loss,
      ),
    };
  }

  function explainField(type: GraphQLObjectType, nodes: readonly FieldNode[], path: string): ExplainedObject {
    const [node] = nodes;
    const field = type.getFields()[node?.name.value ?? ""];
    // Introspection asks for nothing.
    if (field === undefined) return { fields: [], loss: undefined };
    const coordinate = `${type.name}.${field.name}`;
    const found = guarded.get(coordinate);
    const demands = found === undefined ? [] : listDemands(found, node, variables);
    const refusal = decideSelection(demands, (requirement) => decide(requirement, caller))?.refusal;
    const objects = listObjects(schema, field.type).map((object) => explainOnce(object, nodes, path));
    const below = distinct(objects.flatMap(({ fields }) => fields));
    if (refusal !== undefined) {
      const loss = { kind: "lost", because: path } as const;
      const own = { path, coordinate, demands, answer: { kind: "refused", refusal } } as const;
      const lost = below.map((field) => ({ ...field, answer: loss }));
      return { fields: [own, ...lost], loss: isNonNullType(field.type) ? loss : undefined };
    }
    const loss = combineLosses(objects, hasList(field.type));
    const nullable = findNullable(field.type);
    const answer = loss === undefined || nullable === "item" ? ({ kind: "data" } as const) : loss;
    const own = { path, coordinate, demands, answer };
    return { fields: [own, ...below], loss: nullable === undefined ? loss : undefined };
  }

  const rootType = schema.getRootType(operation.operation);
  const { fields } = rootType ? explainObject(rootType, [operation], "") : { fields: [] };
  const planned = { schema, fields: guarded, document, operation, variables: explained.variables };
  const refused = findRefusedFields(planned, caller);
  const [first] = refused;
  if (first === undefined) return { fields, refusal: undefined };
  const told = new Set(refused.map(({ responseKey }) => responseKey));
  const loss = { kind: "lost", because: first.responseKey } as const;
  return {
    fields: fields.map((field) => (told.has(field.path) ? field : { ...field, answer: loss })),
    refusal: first.refusal,
  };
}

/**
 * Of a field: it loses its object for sure when it does so with each of the types that the object may have; of a list,
 * never for sure: it may be empty.
 */
function combineLosses(objects: readonly ExplainedObject[], isList: boolean): Loss | undefined {
  const losses = objects.flatMap(({ loss }) => loss ?? []);
  const [first] = losses;
  const isSure = !isList && losses.length === objects.length && losses.every(({ kind }) => kind === "lost");
  return first && (isSure ? first : { kind: "perhaps", because: first.because });
}

type Selecting = Pick<FieldNode, "selectionSet">;

/** What is refused itself stays so, and what is lost already; the rest is lost with what is around it. */
function lose(fields: readonly ExplainedField[], loss: Loss | undefined): readonly ExplainedField[] {
  if (loss === undefined) return fields;
  return fields.map((field) => {
    const { kind } = field.answer;
    return kind === "refused" || kind === "lost" ? field : { ...field, answer: loss };
  });
}

/** The object types that a field can return an object of. */
function listObjects(schema: GraphQLSchema, type: GraphQLOutputType): readonly GraphQLObjectType[] {
  const named = getNamedType(type);
  if (isAbstractType(named)) return schema.getPossibleTypes(named);
  return isObjectType(named) ? [named] : [];
}

/** What becomes null when an object that a field returns is: an item of a list, the field, or (undefined) what is around. */
function findNullable(type: GraphQLOutputType): "item" | "field" | undefined {
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (isListType(nullable)) {
    const inside = findNullable(nullable.ofType);
    if (inside !== undefined) return "item";
  }
  return isNonNullType(type) ? undefined : "field";
}

function hasList(type: GraphQLOutputType): boolean {
  return isListType(type) || (isNonNullType(type) && hasList(type.ofType));
}

/** Below objects of several types the same may be selected. */
function distinct(fields: readonly ExplainedField[]): readonly ExplainedField[] {
  const known = new Map(fields.map((field) => [`${field.path} ${field.coordinate} ${field.answer.kind}`, field]));
  return [...known.values()];
}
