import type { ApolloServerPlugin } from "@apollo/server";
import type { GraphQLError, OperationDefinitionNode, OperationTypeNode } from "graphql";
import type { RefusalListener, RefusalReport } from "../authorization/refusal-report.ts";

/** Refusals of one request that differ in nothing. */
export interface RecordedRefusal extends Pick<RefusalReport, "coordinate" | "code" | "reason"> {
  count: number;
}

/** What becomes known of one request on its way, for whoever runs the server. Never holds the query or a token. */
export interface RequestRecord {
  readonly id: string;
  /** Where the request came from; undefined where its connection was closed before it was looked at. */
  readonly address: string | undefined;
  /** Of the operation, where it has one; at most 100 characters. Undefined also where there is no such operation. */
  operationName: string | undefined;
  operationType: OperationTypeNode | undefined;
  /** The first 16 characters of the SHA-256 hash of the query text, in hexadecimal form. */
  operationHash: string | undefined;
  /** By coordinate, code and reason: so their number is bounded by the schema, however long the query is. */
  refusals: Map<string, RecordedRefusal> | undefined;
  /** How many errors came of the server itself, and not of what the client sent. */
  failures: number;
  /** What the connection was closed with while the body arrived, where it was this server that closed it. */
  brokenStatus: number | undefined;
  /** Where spans are recorded. */
  traceId: string | undefined;
}

/** The longest operation name that is kept: clients choose it. */
const maxNameLength = 100;

/** Makes the record of a request of which nothing is known yet. */
export function createRequestRecord(id: string, address: string | undefined): RequestRecord {
  return {
    id,
    address,
    operationName: undefined,
    operationType: undefined,
    operationHash: undefined,
    refusals: undefined,
    failures: 0,
    brokenStatus: undefined,
    traceId: undefined,
  };
}

/** For `authDirectives({ onRefusal })`: adds a refusal to the record in its request's context, if one is there. */
export const recordRefusal: RefusalListener = ({ coordinate, code, reason }, context) => {
  const { record } = (context ?? {}) as { readonly record?: RequestRecord };
  if (record === undefined) return;
  const key = `${coordinate} ${code} ${reason}`;
  record.refusals ??= new Map();
  const known = record.refusals.get(key);
  if (known === undefined) record.refusals.set(key, { coordinate, code, reason, count: 1 });
  else known.count += 1;
};

/** Of errors on their way to the client: the request in which they happened. */
const records = new WeakMap<object, RequestRecord>();

/** The record of the request in which an error of an operation happened, where that is known. */
export function findRecord(error: object): RequestRecord | undefined {
  return records.get(error);
}

/** What is recorded of an operation. */
export type RecordedOperation = Pick<RequestRecord, "operationName" | "operationType" | "operationHash">;

/** The same for each of its requests; `operation` is undefined where there is none of the name that was asked for. */
export function toRecordedOperation(
  operation: OperationDefinitionNode | undefined,
  queryHash: string,
): RecordedOperation {
  return {
    operationHash: queryHash.slice(0, 16),
    operationName: operation?.name?.value.slice(0, maxNameLength),
    operationType: operation?.operation,
  };
}

/** Records which operation is executed. */
export function recordOperation(record: RequestRecord, recorded: RecordedOperation): void {
  record.operationHash = recorded.operationHash;
  record.operationName = recorded.operationName;
  record.operationType = recorded.operationType;
}

/** Records in which request errors happened, before they are formatted. */
export function recordErrors(record: RequestRecord, errors: readonly GraphQLError[]): void {
  for (const error of errors) records.set(error, record);
}

/** Records what Apollo Server learns of an operation. It sees errors before `formatError` does. */
export function recordPlugin(): ApolloServerPlugin<{ readonly record: RequestRecord }> {
  return {
    requestDidStart: async ({ contextValue: { record } }) => ({
      didResolveSource: async ({ queryHash }) => {
        record.operationHash = queryHash.slice(0, 16);
      },
      didResolveOperation: async ({ operation, queryHash }) =>
        recordOperation(record, toRecordedOperation(operation, queryHash)),
      didEncounterErrors: async ({ errors }) => recordErrors(record, errors),
    }),
  };
}
