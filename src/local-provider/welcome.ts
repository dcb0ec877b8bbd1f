import { setImmediate } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { IssuerOptions } from "../authentication/issuer.ts";
import { defaultLocalProviderPort } from "../config.ts";
import { admin, member } from "./callers.ts";
import type { LocalClient } from "./provider.ts";
import { requestToken } from "./request-token.ts";

interface Example {
  readonly title: string;
  readonly query: string;
  readonly client?: LocalClient;
}

const examples: readonly Example[] = [
  { title: "Anybody", query: "{ publicMessage { message } }" },
  { title: "A caller without scopes", query: "{ privateMessage { message } }", client: member },
  { title: "A caller with read:admin-messages", query: "{ adminMessage { message } }", client: admin },
];

/**
 * What a developer is told at start: where everything is and, for each kind of caller, a token, a command to paste,
 * and its answer, which the server has just given.
 */
export async function formatWelcome(fastify: FastifyInstance, address: string, issuer: IssuerOptions): Promise<string> {
  const sections = await Promise.all(examples.map((example) => formatExample(fastify, address, issuer, example)));
  // Their log lines come just after the answers, and in a terminal belong above the welcome.
  await setImmediate();
  return `
graphql-gatehouse is running, for development.

  API                ${address}/graphql
  IDE                ${address}/
  Identity provider  ${issuer.issuer}  (on this machine only; its keys and tokens end with this process)

${sections.join("\n")}
More tokens:  ${formatTokenCommand(issuer)} --scope "read:admin-messages"
`;
}

/** With the environment that the command needs to find this provider, where that is not the default. */
function formatTokenCommand({ issuer, method }: IssuerOptions): string {
  const { port } = new URL(issuer);
  const environment = port === String(defaultLocalProviderPort) ? "" : `LOCAL_PROVIDER_PORT=${port} `;
  return `${environment}npm run token --${method === "introspection" ? " --opaque" : ""}`;
}

async function formatExample(
  fastify: FastifyInstance,
  address: string,
  { issuer, method }: IssuerOptions,
  { title, query, client }: Example,
): Promise<string> {
  const format = method === "introspection" ? "opaque" : "jwt";
  const token = client && (await requestToken({ issuer, client, scope: client.scopes?.join(" "), format }));
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const payload = JSON.stringify({ query });
  const answer = await fastify.inject({ method: "POST", url: "/graphql", headers, payload });
  const sent = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`);
  return [
    title,
    ...(token ? [`  token: ${token}`] : []),
    `  curl -sS ${address}/graphql ${sent.join(" ")} -d '${payload}'`,
    `  answers: ${answer.payload.trim()}`,
    "",
  ].join("\n");
}
