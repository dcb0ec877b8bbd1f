import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL(".", import.meta.url));

/** Installs the peers, at the versions of their lock file, unless they are there. Says so first: it takes its time. */
export function installPeers(say: (line: string) => void): void {
  if (isInstalled()) return;
  say("Installing the peers into bench/peers/node_modules (npm ci --prefix bench/peers) …\n");
  execFileSync("npm", ["ci", "--prefix", directory, "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function isInstalled(): boolean {
  const { dependencies } = readPackage("package.json");
  return Object.entries(dependencies).every(([name, version]) => {
    const path = `node_modules/${name}/package.json`;
    return existsSync(`${directory}${path}`) && readPackage(path).version === version;
  });
}

function readPackage(path: string): { readonly version: string; readonly dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(`${directory}${path}`, "utf8"));
}
