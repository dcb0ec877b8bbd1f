import type { ApolloServerOptions, BaseContext } from "@apollo/server";
import {
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  type OperationDefinitionNode,
  type ValidationRule,
} from "graphql";
import type { Limits } from "../limits.ts";
import { createMeasure, type OperationSize } from "./operation-size.ts";

/** How much one operation may ask for. */
export type OperationLimits = Pick<Limits, keyof OperationSize | "tokens">;

/** How many mistakes of a document, or of its variables, are told at once. */
const maxErrors = 20;

/** How much of a mistake is told: graphql-js repeats names and values of the request, of any length. */
const maxMessageLength = 1000;
const maxLocations = 10;

/** What graphql-js says of its own limits, for somebody who does not know them. */
const clearer: readonly (readonly [message: RegExp, words: string])[] = [
  [
    /^Syntax Error: Document contains more that (\d+) tokens\. .*$/,
    "The document has more than $1 tokens. Send several.",
  ],
  [/^Maximum call stack size exceeded$/, "The document is nested too deep to be read."],
  [
    /^Validation aborted\.$/,
    "The document repeats so much that it would take too long to check. Select each field, and spread each fragment, once.",
  ],
];

/** More than this is not told as a number: fragments that spread fragments count to any number of digits. */
const greatestTold = 1_000_000;

const words: Readonly<Record<keyof OperationSize, readonly [found: string, mend: string]>> = {
  depth: ["levels of fields", "Ask for the deeper ones in another operation."],
  aliases: ["aliases, counting those of a fragment as often as it is spread", "Send several operations."],
  directives: ["directives, counting those of a fragment as often as it is spread", "Send several operations."],
  rootFields: ["fields at its root", "Send several operations."],
};

/**
 * The options of Apollo Server that keep operations within limits: tokens are counted while parsing, all else before
 * the document is validated. What exceeds a limit gives status 400 and one error that says which, by how much, and what
 * to do instead. Does not limit how much a list of the answer may hold.
 */
export function toLimitingOptions(
  limits: OperationLimits,
): Pick<
  ApolloServerOptions<BaseContext>,
  "parseOptions" | "validationRules" | "validationOptions" | "executionOptions" | "allowBatchedHttpRequests"
> {
  return {
    parseOptions: { maxTokens: limits.tokens },
    validationRules: [createLimitRule(limits)],
    validationOptions: { maxErrors },
    executionOptions: { maxCoercionErrors: maxErrors },
    // A list of operations would be as many as the body holds, behind one count of the rate limit.
    allowBatchedHttpRequests: false,
  };
}

/** Puts an error of a request as a whole in words that a person will read. A resolver's own is left as it is. */
export function toReadableError(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { locations, path } = formatted;
  if (path !== undefined) return formatted;
  const message = clearer.reduce((told, [unclear, words]) => told.replace(unclear, words), formatted.message);
  return {
    ...formatted,
    message: message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message,
    ...(locations !== undefined && { locations: locations.slice(0, maxLocations) }),
  };
}

// GraphQL Armor's rules were tried and are not used: the one for directives forgets those of a fragment's second
// spread, all of them run beside graphql-js's rules, some of which take quadratic time, and not before them, and their
// types need packages that they do not name.
function createLimitRule(limits: Pick<Limits, keyof OperationSize>): ValidationRule {
  return (context) => ({
    Document: ({ definitions }) => {
      const measure = createMeasure(context.getDocument());
      for (const operation of definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)) {
        const error = findExcess(operation, measure(operation), limits);
        if (error === undefined) continue;
        context.reportError(error);
        // Takes the document from the rules beside this one, none of which has read more than its definitions' names.
        return null;
      }
      return undefined;
    },
  });
}

function findExcess(
  operation: OperationDefinitionNode,
  size: OperationSize,
  limits: Pick<Limits, keyof OperationSize>,
): GraphQLError | undefined {
  for (const what of ["depth", "rootFields", "aliases", "directives"] as const) {
    const found = size[what] > greatestTold ? `more than ${greatestTold}` : size[what];
    const [counted, mend] = words[what];
    if (size[what] > limits[what])
      return new GraphQLError(`The operation has ${found} ${counted}; the limit is ${limits[what]}. ${mend}`, {
        nodes: operation,
      });
  }
  return undefined;
}
