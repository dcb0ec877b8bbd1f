import { type DocumentNode, type GraphQLSchema, getOperationAST, type OperationDefinitionNode } from "graphql";
import { LRUCache } from "lru-cache";
import { assertGuarded } from "../authorization/guard.ts";
import {
  createOperationDecision,
  type InvalidTokenMode,
  type OperationDecision,
} from "../authorization/refused-operation.ts";
import { createPlan, type Plan } from "../execution/plan.ts";
import { type RecordedOperation, toRecordedOperation } from "./request-record.ts";

/** How many documents are kept, those that were asked for last, and how many characters they have together: 70 MB at most. */
const maxDocuments = 1000;
const maxCharacters = 250_000;

/** Of how many operations of a document it is kept what they require. */
const maxOperations = 10;

/** A document that was validated. */
export interface PreparedDocument {
  readonly document: DocumentNode;
  /** The hash of its text, as Apollo Server computes it. */
  readonly hash: string;
  /** Those that were asked for, by the name that was given. */
  readonly operations: Map<string | undefined, PreparedOperation>;
  /** How large plans of it may still be: in proportion to its text, which is what the room for all is counted in. */
  room: number;
}

/** One of its operations. */
interface PreparedOperation {
  readonly operation: OperationDefinitionNode;
  readonly recorded: RecordedOperation;
  readonly decide: OperationDecision;
  /** Undefined before it is executed for the first time; null where graphql-js executes it. */
  plan: Plan | null | undefined;
}

/** How documents are prepared. */
export interface PreparedDocumentsOptions {
  readonly schema: GraphQLSchema;
  /** Whether queries are planned, where they can be. */
  readonly plansQueries: boolean;
  readonly invalidToken?: InvalidTokenMode | undefined;
}

/** The documents that were asked for last, by their text. */
export interface PreparedDocuments {
  /** Keeps one that is valid, and within its limits; one that is there already stays as it is. */
  readonly keep: (text: string, document: Pick<PreparedDocument, "document" | "hash">) => void;
  readonly find: (text: string) => PreparedDocument | undefined;
  /** Undefined where there is none of the name, or Apollo Server has to execute it. */
  readonly findOperation: (of: PreparedDocument, operationName: string | undefined) => PreparedOperation | undefined;
  /** Plans an operation that is to be executed, once: nobody has one planned who is refused it. Null: it has no plan. */
  readonly findPlan: (of: PreparedDocument, operation: PreparedOperation) => Plan | null;
}

/** Remembers what of documents is the same each time they are asked for. */
export function createPreparedDocuments(options: PreparedDocumentsOptions): PreparedDocuments {
  const { schema, plansQueries, invalidToken } = options;
  const documents = new LRUCache<string, PreparedDocument>({
    max: maxDocuments,
    maxSize: maxCharacters,
    sizeCalculation: (_document, text) => text.length,
  });

  function prepare(
    { document, hash }: PreparedDocument,
    operationName: string | undefined,
  ): PreparedOperation | undefined {
    const operation = getOperationAST(document, operationName) ?? undefined;
    if (operation === undefined || operation.operation === "subscription") return undefined;
    if (assertGuarded(schema).findView !== undefined) return undefined;
    return {
      operation,
      recorded: toRecordedOperation(operation, hash),
      plan: undefined,
      decide: createOperationDecision({ schema, document, operation }, invalidToken),
    };
  }

  function findOperation(prepared: PreparedDocument, operationName: string | undefined): PreparedOperation | undefined {
    const { operations } = prepared;
    const known = operations.get(operationName);
    if (known !== undefined) return known;
    const found = prepare(prepared, operationName);
    if (found === undefined) return undefined;
    if (operations.size < maxOperations) operations.set(operationName, found);
    // It would be planned each time.
    else found.plan = null;
    return found;
  }

  function findPlan(prepared: PreparedDocument, found: PreparedOperation): Plan | null {
    if (found.plan === undefined) {
      const { document, room: maxSize } = prepared;
      const plan = plansQueries ? createPlan({ schema, document, operation: found.operation, maxSize }) : undefined;
      found.plan = plan ?? null;
      prepared.room -= plan?.size ?? 0;
    }
    return found.plan;
  }

  return {
    keep: (text, document) => {
      // One that was refused, or whose variables did not fit, comes again.
      if (documents.get(text) !== undefined) return;
      documents.set(text, { ...document, operations: new Map(), room: Math.ceil(text.length / 2) });
    },
    find: (text) => documents.get(text),
    findOperation,
    findPlan,
  };
}
