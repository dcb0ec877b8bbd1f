import { type GraphQLField, type GraphQLSchema, getNamedType } from "graphql";

type Field = GraphQLField<unknown, unknown>;

// Apollo Federation adds two fields to the Query of every subgraph, for gateways. Nobody writes them, so nobody can
// write a rule on them either.

/** The field that tells gateways the subgraph's SDL, `_service: _Service!`; undefined: the schema is no subgraph. */
export function findServiceField(schema: GraphQLSchema): Field | undefined {
  return findField(schema, "_service", "_Service");
}

/**
 * The field that gives gateways objects by reference, `_entities(representations: [_Any!]!): [_Entity]!`; undefined:
 * the subgraph has no entities, or the schema is no subgraph.
 */
export function findEntitiesField(schema: GraphQLSchema): Field | undefined {
  return findField(schema, "_entities", "_Entity");
}

function findField(schema: GraphQLSchema, name: string, returned: string): Field | undefined {
  const field = schema.getQueryType()?.getFields()[name];
  return field !== undefined && getNamedType(field.type).name === returned ? field : undefined;
}
