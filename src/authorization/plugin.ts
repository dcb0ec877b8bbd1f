import type { ApolloServerPlugin, GraphQLResponse } from "@apollo/server";
import type { GraphQLError, GraphQLSchema } from "graphql";
import { formatChallenge, type Refusal, retryAfterSeconds, toStatus } from "../errors.ts";
import { type AuthContext, readAuthentication } from "./decision.ts";
import { assertGuarded } from "./guard.ts";
import { createRefusalError } from "./refusal-error.ts";
import { findRefusedFields, type RefusedField } from "./refused-fields.ts";
import { findNearest } from "./requirement.ts";

/** How refusals are answered over HTTP. */
export interface AuthPluginOptions {
  /**
   * `refuse-fields`: a bad token leaves public fields readable.
   * `refuse-request`: a bad token, or one that cannot be checked, fails the whole request. Default `refuse-fields`.
   */
  readonly invalidToken?: "refuse-fields" | "refuse-request" | undefined;
  /** The `realm` of the challenge. Default `graphql`. */
  readonly realm?: string | undefined;
  /** The absolute URL of this API's metadata (RFC 9728), for the challenge. Default: not named. */
  readonly resourceMetadata?: string | undefined;
}

/**
 * Refuses an operation before executing it when its caller would get nothing of it: no `data`, an error for every
 * refused root field, the HTTP status and the challenge. Operations that are granted in part are left to the schema.
 * Refuses to start on a schema of which a rule is not enforced. Its answers pass by `formatError` and
 * `didEncounterErrors`, which see what execution refuses.
 */
export function authPlugin(options: AuthPluginOptions = {}): ApolloServerPlugin<AuthContext> {
  const { invalidToken = "refuse-fields", realm = "graphql", resourceMetadata } = options;
  const checked = new WeakSet<GraphQLSchema>();

  /** Once for each schema: a gateway may bring another one later. */
  function check(schema: GraphQLSchema): void {
    if (checked.has(schema)) return;
    assertGuarded(schema);
    checked.add(schema);
  }

  /** Completes Apollo's response: everything refused has one code, so the first refusal decides the status. */
  function respond(
    http: GraphQLResponse["http"],
    first: Refusal,
    errors: GraphQLError[],
    scope?: string,
  ): GraphQLResponse {
    const challenge = formatChallenge(first, { realm, resourceMetadata, scope });
    http.status = toStatus(first);
    if (challenge === undefined) http.headers.set("retry-after", String(retryAfterSeconds));
    else http.headers.set("www-authenticate", challenge);
    return { http, body: { kind: "single", singleResult: { errors: errors.map((error) => error.toJSON()) } } };
  }

  return {
    serverWillStart: async ({ schema }) => check(schema),
    requestDidStart: async () => ({
      responseForOperation: async ({ schema, document, operation, request, contextValue, response }) => {
        check(schema);
        const caller = readAuthentication(contextValue);
        if (invalidToken === "refuse-request" && (caller.kind === "rejected" || caller.kind === "unavailable")) {
          return respond(response.http, caller.error, [createRefusalError(caller.error)]);
        }
        // Apollo's types promise an operation, but there is none for an unknown operationName: it answers that itself.
        if (operation === undefined) return null;
        const refused = findRefusedFields({ schema, document, operation, variables: request.variables }, caller);
        const [first] = refused;
        if (first === undefined) return null;
        const errors = refused.map(({ refusal, nodes, responseKey }) =>
          createRefusalError(refusal, { nodes, path: [responseKey] }),
        );
        const scope = caller.kind === "authenticated" ? toScope(refused, caller.principal.scopes) : undefined;
        return respond(response.http, first.refusal, errors, scope);
      },
      willSendResponse: async ({ contextValue, overallCachePolicy }) => {
        // What a token opened may be kept by its sender, and by no cache on the way.
        if (readAuthentication(contextValue).kind !== "anonymous") overallCachePolicy.restrict({ scope: "PRIVATE" });
      },
    }),
  };
}

/** The scopes that would have been enough: of every refused field the alternative that lacks the fewest. */
function toScope(refused: readonly RefusedField[], scopes: ReadonlySet<string>): string {
  return [...new Set(refused.flatMap(({ requirement }) => findNearest(requirement, scopes)))].join(" ");
}
