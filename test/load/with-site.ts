import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { searchPath } from "./program.ts";
import { type Site, startSite } from "./site.ts";

const programs = ["nginx", "redis-server"];

/**
 * Runs a test on a site of its own, stops the site, and says what failed, or that nothing did.
 * Resolves to an exit code.
 */
export async function withSite(
  name: string,
  replicasEach: number,
  test: (site: Site) => Promise<readonly string[]>,
): Promise<number> {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    process.stdout.write(`${name} needs ${missing.join(" and ")}. On Debian: apt-get install ${missing.join(" ")}\n`);
    return 1;
  }
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-load-"));
  // Also when it is broken off.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  // When started by root, nginx works as a user without rights, who must find its files.
  await chmod(folder, 0o755);
  const site = await startSite(folder, replicasEach);
  const failures = await test(site).finally(site.stop);
  const verdict = failures.length === 0 ? "passed" : `failed\n  ${failures.join("\n  ")}`;
  process.stdout.write(`\n${name}: ${verdict}\n`);
  return failures.length === 0 ? 0 : 1;
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["-v"], { env: { PATH: searchPath } }).error === undefined;
}
