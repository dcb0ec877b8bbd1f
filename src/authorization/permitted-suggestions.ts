import {
  type DocumentNode,
  FieldsOnCorrectTypeRule,
  type GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  KnownArgumentNamesRule,
  KnownTypeNamesRule,
  type OperationDefinitionNode,
  ScalarLeafsRule,
  ValuesOfCorrectTypeRule,
  validate,
} from "graphql";

/** A request that has errors; of one that was not parsed or not valid there is less. */
export interface FailedRequest {
  readonly document?: DocumentNode | undefined;
  readonly operation?: OperationDefinitionNode | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** What graphql-js appends to a message, before the names that it suggests. */
const mark = " Did you mean ";

/** As many as graphql-js tells of a request, unless it is told otherwise. */
const maxVariableErrors = 50;

/** The rules that make suggestions. */
const rules = [
  FieldsOnCorrectTypeRule,
  KnownArgumentNamesRule,
  KnownTypeNamesRule,
  ScalarLeafsRule,
  ValuesOfCorrectTypeRule,
];

/**
 * Changes the suggestions in errors of validation and of variables to those that graphql-js makes of a caller's view
 * of the schema: of every such message only what stands before its suggestion is kept, and the rest is the view's.
 * The errors of resolvers stay as they are.
 */
export function keepPermittedSuggestions(
  errors: readonly GraphQLError[],
  request: FailedRequest,
  findView: () => GraphQLSchema,
): void {
  const suggesting = errors.filter(({ path, message }) => path === undefined && message.includes(mark));
  if (suggesting.length === 0) return;
  const ofView = new Map(listMessages(findView(), request).map((message) => [toStem(message), message]));
  for (const error of suggesting) {
    const stem = toStem(error.message);
    error.message = ofView.get(stem) ?? stem;
    // It has the message too, and Apollo sends it where it is told to.
    error.stack = `${error.name}: ${error.message}`;
  }
}

function toStem(message: string): string {
  const index = message.indexOf(mark);
  return index < 0 ? message : message.slice(0, index);
}

function listMessages(view: GraphQLSchema, { document, operation, variables }: FailedRequest): readonly string[] {
  if (document === undefined) return [];
  const definitions = operation?.variableDefinitions ?? [];
  // Each error repeats the value around it: without an end, 60 KiB of mistakes take half a minute.
  const ofVariables = getVariableValues(view, definitions, variables ?? {}, { maxErrors: maxVariableErrors });
  return [...validate(view, document, rules), ...(ofVariables.errors ?? [])].map(({ message }) => message);
}
