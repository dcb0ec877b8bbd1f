/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query Admin {\n  adminMessage {\n    message\n  }\n}": typeof types.AdminDocument,
    "query Mixed {\n  publicMessage {\n    message\n  }\n  boss: adminMessage {\n    message\n  }\n}": typeof types.MixedDocument,
    "query Private {\n  privateMessage {\n    message\n  }\n}": typeof types.PrivateDocument,
    "query Public {\n  publicMessage {\n    message\n  }\n}": typeof types.PublicDocument,
};
const documents: Documents = {
    "query Admin {\n  adminMessage {\n    message\n  }\n}": types.AdminDocument,
    "query Mixed {\n  publicMessage {\n    message\n  }\n  boss: adminMessage {\n    message\n  }\n}": types.MixedDocument,
    "query Private {\n  privateMessage {\n    message\n  }\n}": types.PrivateDocument,
    "query Public {\n  publicMessage {\n    message\n  }\n}": types.PublicDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Admin {\n  adminMessage {\n    message\n  }\n}"): (typeof documents)["query Admin {\n  adminMessage {\n    message\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Mixed {\n  publicMessage {\n    message\n  }\n  boss: adminMessage {\n    message\n  }\n}"): (typeof documents)["query Mixed {\n  publicMessage {\n    message\n  }\n  boss: adminMessage {\n    message\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Private {\n  privateMessage {\n    message\n  }\n}"): (typeof documents)["query Private {\n  privateMessage {\n    message\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Public {\n  publicMessage {\n    message\n  }\n}"): (typeof documents)["query Public {\n  publicMessage {\n    message\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;