import type { IncomingMessage, ServerResponse } from "node:http";
import type { default as OidcProvider } from "oidc-provider";

const path = "/login/";

/** Where the login page of an interaction is. */
export function toLoginPath(uid: string): string {
  return `${path}${uid}`;
}

/** Whether a request is the login page's. */
export function isLogin(request: IncomingMessage): boolean {
  return request.url?.startsWith(path) ?? false;
}

/**
 * Shows the login page, and signs in whoever says one of the names. There are no passwords: on this machine, for
 * development, anybody is everybody. Rejects when the request ends before it can be answered.
 */
export async function answerLogin(
  provider: OidcProvider,
  names: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Rejects unless the browser has the cookie of the interaction, which no other site's form sends.
  const interaction = await provider.interactionDetails(request, response).catch(() => undefined);
  if (interaction === undefined) {
    send(response, 400, "<h1>This sign-in is over</h1><p>Begin again where you came from.</p>");
    return;
  }
  const name = request.method === "POST" ? await readName(request) : undefined;
  if (name !== undefined && names.includes(name)) {
    await provider.interactionFinished(request, response, { login: { accountId: name } });
    return;
  }
  const choice = names.map((known) => `<strong>${known}</strong>`).join(" or ");
  const problem = name === undefined ? "" : '<p id="problem" role="alert">There is nobody of this name.</p>';
  send(
    response,
    200,
    `<h1>Sign in</h1>
    <p>This provider is for development: be ${choice}, without a password.</p>
    <form method="post">
      <label for="name">Name</label>
      <input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
      ${problem}
      <button>Sign in</button>
    </form>`,
  );
}

/** The form has a name and nothing else. */
const maxFormBytes = 4096;

/** Rejects when the form is broken off or too long. */
async function readName(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxFormBytes) throw new Error("The form is too long.");
  }
  return new URLSearchParams(Buffer.concat(chunks).toString()).get("name")?.trim() ?? "";
}

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  main { max-width: 20rem; margin: 15vh auto 0; padding: 0 1rem; }
  h1 { font-size: 1.5rem; }
  label, input, button { display: block; box-sizing: border-box; width: 100%; font: inherit; }
  input, button { margin-top: .25rem; padding: .5rem .75rem; border: 1px solid #7a869a; border-radius: 6px; }
  button { margin-top: 1rem; border-color: transparent; background: #0b57d0; color: #fff; cursor: pointer; }
  #problem { margin: .5rem 0 0; color: light-dark(#b3261e, #ff8a80); }
`;

function send(response: ServerResponse, status: number, main: string): void {
  const nonce = crypto.randomUUID();
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    // A page that frames this one could have it clicked unseen.
    "content-security-policy": `default-src 'none'; img-src data:; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`,
  });
  response.end(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Sign in</title>
    <link rel="icon" href="data:,">
    <style nonce="${nonce}">${style}</style>
  </head>
  <body><main>${main}</main></body>
</html>
`);
}
