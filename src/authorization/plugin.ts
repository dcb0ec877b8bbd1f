import type { ApolloServerPlugin, GraphQLResponse } from "@apollo/server";
import type { GraphQLError } from "graphql";
import type { Authentication } from "../authentication/principal.ts";
import { type DpopMode, formatChallenge, type Refusal, retryAfterSeconds, toStatus } from "../errors.ts";
import { type AuthContext, decide, findAuthentication, parseAuthentication } from "./decision.ts";
import { toFilteredDocument } from "./filtered-introspection.ts";
import { assertGuarded } from "./guard.ts";
import { keepPermittedSuggestions } from "./permitted-suggestions.ts";
import { createRefusalError } from "./refusal-error.ts";
import type { RefusedField } from "./refused-fields.ts";
import { createOperationDecision, type InvalidTokenMode } from "./refused-operation.ts";
import { findNearest } from "./requirement.ts";
import { assertSdl } from "./subgraph.ts";

/** How refusals are answered over HTTP. */
export interface AuthPluginOptions {
  /**
   * `refuse-fields`: a bad token leaves public fields readable.
   * `refuse-request`: a bad token, or one that cannot be checked, fails the whole request. Default `refuse-fields`.
   */
  readonly invalidToken?: InvalidTokenMode | undefined;
  /** The `realm` of the challenge. Default `graphql`. */
  readonly realm?: string | undefined;
  /** The absolute URL of this API's metadata (RFC 9728), for the challenge. Default: not named. */
  readonly resourceMetadata?: string | undefined;
  /** The `mode` of the authenticator's option `dpop`, for the challenge. Default `off`. */
  readonly dpop?: DpopMode | undefined;
}

const notEnforced =
  "AUTHORIZATION IS NOT ENFORCED: the schema is guarded with mode 'report', so everybody gets everything, and what " +
  "would be refused is only reported. Take the mode out of authDirectives() to enforce the rules.";

/**
 * Refuses an operation before executing it when its caller would get nothing of it: no `data`, an error for every
 * refused root field, the HTTP status and the challenge. Operations that are granted in part are left to the schema.
 * Answers introspection, and makes suggestions, from what the caller may use where the schema is guarded so.
 * Refuses to start on a schema of which a rule is not enforced. Its answers pass by `formatError` and
 * `didEncounterErrors`, which see what execution refuses.
 */
export function authPlugin(options: AuthPluginOptions = {}): ApolloServerPlugin<AuthContext> {
  const { invalidToken, realm = "graphql", resourceMetadata, dpop } = options;
  /** Completes Apollo's response: everything refused has one code, so the first refusal decides the status. */
  function respond(
    http: GraphQLResponse["http"],
    first: Refusal,
    errors: GraphQLError[],
    caller: Authentication,
    scope?: string,
  ): GraphQLResponse {
    const usedScheme = "scheme" in caller ? caller.scheme : undefined;
    const challenge = formatChallenge(first, { realm, resourceMetadata, scope, dpop, usedScheme });
    http.status = toStatus(first);
    if (challenge === undefined) http.headers.set("retry-after", String(retryAfterSeconds));
    else http.headers.set("www-authenticate", challenge);
    return { http, body: { kind: "single", singleResult: { errors: errors.map((error) => error.toJSON()) } } };
  }

  return {
    serverWillStart: async ({ schema, logger }) => {
      if (assertGuarded(schema).mode === "report") logger.warn(notEnforced);
      await assertSdl(schema);
    },
    requestDidStart: async () => ({
      responseForOperation: async ({ schema, document, operation, request, contextValue, response }) => {
        const caller = parseAuthentication(findAuthentication(contextValue));
        const decideOperation = createOperationDecision({ schema, document, operation }, invalidToken);
        const refused = decideOperation(request.variables, caller);
        if (refused === undefined) return null;
        const { first, fields } = refused;
        const { report } = assertGuarded(schema);
        const reported = { operationName: operation?.name?.value, context: contextValue };
        for (const selection of fields.length > 0 ? fields : [{ refusal: first }]) report(selection, caller, reported);
        const errors = fields.map(({ refusal, nodes, responseKey }) =>
          createRefusalError(refusal, { nodes, path: [responseKey] }),
        );
        const scope = caller.kind === "authenticated" ? toScope(fields, caller.principal.scopes) : undefined;
        return respond(response.http, first, errors.length > 0 ? errors : [createRefusalError(first)], caller, scope);
      },
      executionDidStart: async (requestContext) => {
        const { schema, document } = requestContext;
        if (assertGuarded(schema).findView === undefined) return undefined;
        // Apollo executes what it finds there. Other plugins are to see what the client sent.
        Object.assign(requestContext, { document: toFilteredDocument(document) });
        return { executionDidEnd: async () => void Object.assign(requestContext, { document }) };
      },
      didEncounterErrors: async ({ schema, errors, document, operation, request, contextValue }) => {
        const { findView } = assertGuarded(schema);
        if (findView === undefined) return;
        const caller = parseAuthentication(findAuthentication(contextValue));
        keepPermittedSuggestions(errors, { document, operation, variables: request.variables }, () =>
          findView((requirement) => decide(requirement, caller) === undefined),
        );
      },
      willSendResponse: async ({ contextValue, overallCachePolicy }) => {
        // What a token opened may be kept by its sender, and by no cache on the way.
        const caller = parseAuthentication(findAuthentication(contextValue));
        if (caller.kind !== "anonymous") overallCachePolicy.restrict({ scope: "PRIVATE" });
      },
    }),
  };
}

/** The scopes that would have been enough: of every refused field the alternative that lacks the fewest. */
function toScope(refused: readonly RefusedField[], scopes: ReadonlySet<string>): string {
  const nearest = refused.flatMap(({ refusal }) => findNearest(refusal.requiredScopes ?? [], scopes));
  return [...new Set(nearest)].join(" ");
}
