import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  GraphQLBoolean,
  GraphQLError,
  type GraphQLField,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type VariableDefinitionNode,
  visit,
} from "graphql";
import { createExecutionFinder, decideOnce } from "./execution.ts";
import { findPlaceholder } from "./permitted-schema.ts";
import type { FindView } from "./schema-views.ts";

// graphql-js answers `__schema` and `__type` itself, from the schema that it executes, with resolvers that all schemas
// of the process share and that see no context. So no schema can filter them: the document asks for another field
// instead, which does see the context, and which answers from the caller's part of the schema.

/** The field of Query that answers. No document that was parsed can have this name. */
const answering = "filtered introspection";

/** By the field that takes its place: what a document asked for. */
const originals = new WeakMap<FieldNode, FieldNode>();

const filtered = new WeakMap<DocumentNode, DocumentNode>();
const operations = new WeakSet<OperationDefinitionNode>();

/**
 * A validated document, with every `__schema` and `__type` in it, at any depth, answered from what its caller may use.
 * To be executed, on a schema guarded with `introspection: "permitted"` only. `authPlugin` does this by itself; other
 * servers must, for each document, after validating and before executing it. It does not change what validation
 * suggests.
 */
export function toFilteredDocument(document: DocumentNode): DocumentNode {
  const known = filtered.get(document);
  if (known !== undefined) return known;
  const made: DocumentNode = visit(document, {
    Field: { leave: (node) => (node.name.value === "__schema" || node.name.value === "__type" ? replace(node) : node) },
  });
  filtered.set(document, made);
  for (const definition of made.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.add(definition);
  }
  return made;
}

/** In the same place of the response. */
function replace(node: FieldNode): FieldNode {
  const replacing: FieldNode = { ...node, alias: node.alias ?? node.name, name: { kind: Kind.NAME, value: answering } };
  originals.set(replacing, node);
  return replacing;
}

/**
 * Throws a TypeError when an operation did not pass `toFilteredDocument`: whoever asked for filtered introspection
 * is to notice that a server does not filter, with the first guarded field.
 */
export function assertFiltered({ operation }: GraphQLResolveInfo): void {
  if (!operations.has(operation)) {
    throw new TypeError(
      "The schema's introspection is 'permitted', and this server does not filter it: " +
        "use authPlugin(), or execute toFilteredDocument(document). Until then nothing guarded is resolved.",
    );
  }
}

/** It passes on what was made for the response already. */
const answer = new GraphQLScalarType({ name: "FilteredIntrospection", serialize: (value) => value });

/**
 * Lets a schema answer filtered introspection. The fields it adds to Query cannot be enumerated: they are in no
 * introspection, and nothing that walks the schema sees them.
 */
export function addFilteredIntrospection(schema: GraphQLSchema, findView: FindView): void {
  const query = schema.getQueryType();
  if (!query) return;
  const findExecution = createExecutionFinder();
  const fields = query.getFields();
  const resolve: GraphQLField<unknown, unknown>["resolve"] = (_source, _args, context, info) => {
    const execution = findExecution(context, info);
    return introspect(
      findView((requirement) => decideOnce(requirement, execution) === undefined),
      info,
    );
  };
  hide(fields, { ...fieldDefaults, name: answering, type: answer, resolve });
  hide(fields, { ...fieldDefaults, name: findPlaceholder(query), type: GraphQLBoolean, resolve: () => null });
}

const fieldDefaults = {
  args: [],
  description: undefined,
  deprecationReason: undefined,
  extensions: {},
  astNode: undefined,
} as const;

function hide(fields: Record<string, object>, field: GraphQLField<unknown, unknown>): void {
  Object.defineProperty(fields, field.name, { value: field, enumerable: false });
}

/** Whether a schema still answers filtered introspection: tools that make a schema anew do not keep that. */
export function hasFilteredIntrospection(schema: GraphQLSchema): boolean {
  const query = schema.getQueryType();
  return !query || Object.hasOwn(query.getFields(), answering);
}

/** What graphql-js answers to this selection when it executes a caller's part of the schema. */
function introspect(
  view: GraphQLSchema,
  { fieldNodes, fragments, variableValues, operation, path }: GraphQLResolveInfo,
): unknown {
  const selections = fieldNodes.map((node) => {
    const original = originals.get(node);
    if (original === undefined) throw new TypeError("A document was changed after its introspection was filtered.");
    return original;
  });
  const definition: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    variableDefinitions: (operation.variableDefinitions ?? []).filter(isOfIntrospection),
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
  const { data, errors } = executeSync({
    schema: view,
    document: { kind: Kind.DOCUMENT, definitions: [definition, ...Object.values(fragments)] },
    variableValues,
  });
  const answered = data?.[path.key] ?? null;
  // Beside an answer errors are of defaults that graphql-js cannot print, and they would tell them.
  if (answered === null && errors?.[0] !== undefined) throw new GraphQLError(errors[0].message);
  return answered;
}

/** The others may be of types that the view does not have, and introspection takes none of them. */
function isOfIntrospection({ type }: VariableDefinitionNode): boolean {
  const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  return named.kind === Kind.NAMED_TYPE && ["String", "Boolean"].includes(named.name.value);
}
