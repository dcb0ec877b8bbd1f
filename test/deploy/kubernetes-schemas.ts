import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A resource of a manifest. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
}

const require = createRequire(import.meta.url);

/** What Kubernetes' own schemas find wrong with resources: kinds, values, and names that they do not know. */
export function findProblems(resources: readonly Resource[]): readonly string[] {
  const known = resources.filter((resource) => findModel(resource) !== undefined);
  return [...resources.flatMap(findWrongValues), ...findWrongNames(known)];
}

interface Model {
  readonly validate: () => void;
}

function findModel({ apiVersion, kind }: Resource): (new (data: object) => Model) | undefined {
  try {
    return require(`kubernetes-models/${apiVersion}/${kind}`)[kind];
  } catch {
    return undefined;
  }
}

function findWrongValues(resource: Resource): readonly string[] {
  const Model = findModel(resource);
  if (Model === undefined) return [`there is no ${resource.kind} in ${resource.apiVersion}`];
  try {
    new Model(resource).validate();
    return [];
  } catch (error) {
    return [`${resource.kind}: ${(error as Error).message}`];
  }
}

/** The schemas allow any other name beside theirs. Their types do not, in a value that is written out. */
function findWrongNames(resources: readonly Resource[]): readonly string[] {
  const file = fileURLToPath(new URL("manifest-as-source.ts", import.meta.url));
  const lines = resources.map((resource, index) => {
    const type = `import("kubernetes-models/${resource.apiVersion}/${resource.kind}").I${resource.kind}`;
    return `export const resource${index}: ${type} = ${JSON.stringify(resource)};`;
  });
  const source = ts.createSourceFile(file, lines.join("\n"), ts.ScriptTarget.ES2023);
  const options = { module: ts.ModuleKind.NodeNext, types: [], noEmit: true, strict: true, skipLibCheck: true };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) => (name === file ? source : getSourceFile(name, ...rest));
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}
