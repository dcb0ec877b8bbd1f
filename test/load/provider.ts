import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Program, startProgram } from "./program.ts";

/** What a provider is started with. */
export interface ProviderOptions {
  readonly folder: string;
  readonly port: number;
  readonly publicKeys: readonly object[];
  /** What its opaque tokens are sealed with. */
  readonly secret: string;
}

/** A running provider. */
export interface Provider extends Program {
  /** Changes its key set. */
  readonly publish: (publicKeys: readonly object[]) => void;
}

const main = fileURLToPath(new URL("./provider-process.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Starts a provider on loopback as a process of its own, and resolves when it serves. */
export async function startProvider({ folder, port, publicKeys, secret }: ProviderOptions): Promise<Provider> {
  const program = await startProgram({
    name: "the provider",
    command: process.execPath,
    args: ["--import", tsx, main, String(port), JSON.stringify(publicKeys), secret],
    cwd: folder,
    ipc: true,
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/jwks`)).ok,
  });
  return { ...program, publish: (changed) => void program.child.send(changed) };
}
