import { cpus } from "node:os";
import { benchAuthentication } from "./authentication.ts";
import { benchAuthorization } from "./authorization.ts";

const benches: Readonly<Record<string, () => Promise<string>>> = {
  authorization: benchAuthorization,
  authentication: benchAuthentication,
};

const help = `npm run bench [-- ${Object.keys(benches).join(" | ")}]

Times what this library does against the same work without it, in turn and in one process.
Read the ratios: single times depend on the machine and on what else it is doing.
`;

const wanted = process.argv.slice(2);
if (wanted.some((name) => benches[name] === undefined)) {
  process.stdout.write(help);
  process.exitCode = wanted.includes("--help") ? 0 : 1;
} else {
  process.stdout.write(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n\n`);
  for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) {
    process.stdout.write(`${await benches[name]?.()}\n`);
  }
}
