import { parseArgs } from "node:util";
import { readConfig } from "../config.ts";
import { loadDotEnv } from "../dot-env.ts";

const help = `Prints one access token from the local identity provider that npm start runs.

  npm run --silent token -- [options]

  --scope "a b"     the scopes it grants, separated by spaces (default: none)
  --opaque          an opaque token, as an API with AUTH_METHOD=introspection takes (default: what this API takes)
  --expires-in N    how long it is good for, in seconds (default: 3600)
  --help            this text
`;

/** Runs the command; resolves to what it prints, or rejects with an error whose message is for its user. */
async function run(args: string[]): Promise<string> {
  const { values } = parseArgs({
    args,
    options: {
      scope: { type: "string" },
      opaque: { type: "boolean", default: false },
      "expires-in": { type: "string", default: "3600" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return help;
  loadDotEnv();
  const { issuer, localProviderPort } = readConfig(process.env);
  if (localProviderPort === undefined) {
    throw new Error("AUTH_ISSUER is set: this API takes tokens from that provider, and there is no local one to ask.");
  }
  const expiresInS = Number(values["expires-in"]);
  if (!Number.isInteger(expiresInS) || expiresInS < 1)
    throw new Error("--expires-in must be a whole number of seconds.");
  const format = values.opaque || issuer.method === "introspection" ? "opaque" : "jwt";
  if (values.scope === undefined && process.env["npm_config_scope"]) {
    process.stderr.write("npm has taken --scope for itself. For this command: npm run token -- --scope ...\n");
  }
  const { developer } = await import("../local-provider/callers.ts");
  const { requestToken } = await import("../local-provider/request-token.ts");
  const request = { issuer: issuer.issuer, client: developer, scope: values.scope, format, expiresInS } as const;
  const token = await requestToken(request).catch(() => undefined);
  if (token === undefined) {
    throw new Error(
      `No token from ${issuer.issuer}. Is the local provider running (npm start)? Is the scope well formed?`,
    );
  }
  return `${token}\n`;
}

run(process.argv.slice(2)).then(
  (text) => process.stdout.write(text),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
