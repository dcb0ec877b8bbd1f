import { readFileSync } from "node:fs";

// Imports no package: graphql is another copy for the peers than for us.

/** The product's own definitions of @auth and @requiresScope, which the peers are taught to read. */
export const directives = readFileSync(new URL("../../schema/directives.graphql", import.meta.url), "utf8");

const messages = {
  typeDefs: readFileSync(new URL("../../schema/messages.graphql", import.meta.url), "utf8"),
  resolvers: {
    Query: {
      publicMessage: () => ({ message: "The API doesn't require an access token to share this message." }),
      privateMessage: () => ({ message: "The API successfully validated your access token." }),
      adminMessage: () => ({ message: "The API successfully recognized you as an admin." }),
    },
  },
};

/** The names of the fields of a row. */
export function listFieldNames({ fields }) {
  return Array.from({ length: fields }, (_, index) => `f${index}`);
}

/** So many rows, made once: what is measured is how they get out. */
export function createRows({ rows, fields }) {
  const names = listFieldNames({ fields });
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(names.map((name, index) => [name, `value ${row}.${index}`])),
  );
}

function createList(shape) {
  const rows = createRows(shape);
  const fields = listFieldNames(shape).map((name) => `${name}: String @requiresScope(scopes: [["read:rows"]])`);
  return {
    typeDefs: `type Query { rows: [Row!]! }\ntype Row { ${fields.join(" ")} }`,
    resolvers: { Query: { rows: () => rows } },
  };
}

/** Type definitions, without those of the directives, and resolvers: of the messages, or of a list of rows. */
export function toSchemaParts({ list }) {
  return list === undefined ? messages : createList(list);
}
