import { parseArgs } from "node:util";
import { runLoad } from "./load.ts";
import { withSite } from "./with-site.ts";

const help = `npm run load -- --seconds N

Has every kind of caller ask two replicas of each AUTH_METHOD behind nginx for N seconds (default 60, at least 20), while
the provider and Redis are killed and come back, keys rotate, and a replica is stopped and replaced. Checks every answer.
Ends with code 1 if one is wrong or lost, or memory grows. Needs nginx and redis-server; all of it runs on 127.0.0.1.
`;

const string = { type: "string", default: "60" } as const;
const { values } = parseArgs({ options: { seconds: string, help: { type: "boolean" } } });
const seconds = Number(values.seconds);
if (values.help || !(seconds >= 20 && seconds <= 3600)) {
  process.stdout.write(help);
  process.exitCode = values.help ? 0 : 1;
} else {
  process.exitCode = await withSite("load", 2, (site) => runLoad(site, seconds));
}
