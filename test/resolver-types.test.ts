import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** What TypeScript, in this project's strict settings, says of a resolver map with this body. */
function compile(body: string): readonly string[] {
  const file = `${folder}in-memory.ts`;
  const source = `import type { Resolvers } from "../src/generated/resolvers.ts";\nexport const resolvers: Resolvers = { Query: { ${body} } };\n`;
  const { config } = ts.readConfigFile(`${folder}../tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, `${folder}..`);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2023) : getSourceFile(name, ...rest);
  const program = ts.createProgram([file], { ...options, skipLibCheck: true, rootDir: `${folder}..` }, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

const read = "(_parent, _args, context) => ({ message: String(context.authentication.principal.subject) })";

test.each(["privateMessage", "adminMessage"])("a resolver of %s, which is guarded, knows its principal", (field) => {
  expect(compile(`${field}: ${read}`)).toEqual([]);
});

test("a resolver of a public field cannot take a principal for granted", () => {
  expect(compile(`publicMessage: ${read}`)).toEqual([expect.stringContaining("Property 'principal' does not exist")]);
});
