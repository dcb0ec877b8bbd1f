import { makeExecutableSchema } from "@graphql-tools/schema";
import { authDirectives } from "../../dist/authorization/guard.js";
import { readConfig } from "../../dist/config.js";
import { createApp } from "../../dist/server/app.js";
import { createSchema } from "../../dist/server/schema.js";
import { report, task } from "./child.mjs";
import { toSchemaParts } from "./schema.mjs";

/** This API's own schema as src/main.ts makes it, or another one guarded the same way. */
function createBenchSchema() {
  if (task.list === undefined && task.otherRules === undefined) return createSchema();
  const { typeDefs, transformer } = authDirectives({ describe: true });
  const parts = toSchemaParts(task);
  const others = Array.from(
    { length: task.otherRules ?? 0 },
    (_, i) => `o${i}: String @requiresScope(scopes: "o${i}")`,
  );
  const extension = others.length > 0 ? [`extend type Query { ${others.join(" ")} }`] : [];
  return transformer(
    makeExecutableSchema({ typeDefs: [typeDefs, parts.typeDefs, ...extension], resolvers: parts.resolvers }),
  );
}

// From here on as src/main.ts in production.
const app = await createApp({ config: readConfig(process.env), schema: createBenchSchema() });
report(Number(new URL(await app.listen()).port));
