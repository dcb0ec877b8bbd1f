import { makeExecutableSchema } from "@graphql-tools/schema";
import type { GraphQLSchema } from "graphql";
import { type AuthDirectivesOptions, assertGuarded, authDirectives } from "../../src/authorization/guard.ts";
import { type Snapshot, toSnapshot } from "../../src/contract/contract.ts";

/** The guarded schema of some SDL. */
export function guard(sdl: string, options: AuthDirectivesOptions = {}): GraphQLSchema {
  const { typeDefs, transformer } = authDirectives(options);
  return transformer(makeExecutableSchema({ typeDefs: [typeDefs, sdl] }));
}

/** The contract of some SDL, and what it does not list. */
export function takeSnapshot(sdl: string, options: AuthDirectivesOptions = {}): Snapshot {
  return toSnapshot(assertGuarded(guard(sdl, options)).policy);
}
