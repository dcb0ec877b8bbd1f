import { startScriptedProvider } from "../support/scripted-provider.ts";
import { apiCredentials, openToken } from "./tokens.ts";

// A provider as a process of its own, so that it can be killed. It remembers nothing: its tokens outlive it.

const [port = "", keys = "", secret = ""] = process.argv.slice(2);
const credentials = `Basic ${Buffer.from(`${apiCredentials.id}:${apiCredentials.secret}`).toString("base64")}`;

const provider = await startScriptedProvider(Number(port));
provider.answers.set("/jwks", { keys: JSON.parse(keys) });
provider.answers.set("/introspect", (response, body, request) => {
  if (request.headers.authorization !== credentials) {
    response.writeHead(401).end();
    return;
  }
  const claims = openToken(new URLSearchParams(body).get("token") ?? "", secret);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(claims === undefined ? { active: false } : { active: true, ...claims }));
});
process.on("message", (changed) => provider.answers.set("/jwks", { keys: changed }));
// Nothing that was started for a test outlives it.
process.on("disconnect", () => process.exit(1));
