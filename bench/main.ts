import { cpus } from "node:os";
import { benchAuthentication } from "./authentication.ts";
import { benchAuthorization } from "./authorization.ts";
import { benchComparison, benchQuickly } from "./comparison.ts";
import { profileServers } from "./profile.ts";

const say = (text: string): void => void process.stdout.write(text);

const benches: Readonly<Record<string, () => Promise<string>>> = {
  comparison: () => benchComparison(say),
  authorization: benchAuthorization,
  authentication: benchAuthentication,
};

const help = `npm run bench [-- ${Object.keys(benches).join(" | ")} | --quick | profile]

comparison      the server against its peers; writes bench/results.json, chart.svg and the tables of both READMEs
authorization, authentication
                what this library does against the same work without it, in turn and in one process
--quick         the comparison with less effort; writes nothing, and fails if a ratio is worse than what is written
                down by more than half
profile         where our server spends its time, function by function; time in which it waits for a processor counts
                too, so that a write, which wakes up who reads it, looks dearer than it is

Without a name: the first three. Read the ratios: single times depend on the machine and on what else it is doing.
`;

const wanted = process.argv.slice(2);
if (wanted.length === 1 && wanted[0] === "--quick") {
  const { text, isWorse } = await benchQuickly(say);
  say(`\n${text}`);
  process.exitCode = isWorse ? 1 : 0;
} else if (wanted.length === 1 && wanted[0] === "profile") {
  say(await profileServers());
} else if (wanted.some((name) => benches[name] === undefined)) {
  say(help);
  process.exitCode = wanted.includes("--help") ? 0 : 1;
} else {
  say(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n\n`);
  for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) say(`${await benches[name]?.()}\n`);
}
