import type { IdeCaller } from "./ide-tokens.ts";

/** How the IDE's page signs in at the provider, by authorization code and PKCE. */
export interface IdeSignIn {
  readonly issuer: string;
  /** A public client there, with this page's address as a redirect URI. */
  readonly clientId: string;
  /** Whom the tokens are to be for. */
  readonly audience: string | undefined;
  /** What is asked for unless somebody writes something else. */
  readonly scopes: readonly string[];
}

/** What the IDE's page is told. */
export interface IdeSettings {
  /** Whose tokens it can get from this server. */
  readonly callers: readonly IdeCaller[];
  readonly signIn: IdeSignIn | undefined;
  /** Lets a style sheet pass that the page makes by itself. */
  readonly nonce: string;
}

/** Makes the IDE's page; all it loads comes from this process. */
export function formatIdePage(settings: IdeSettings): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>graphql-gatehouse</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/ide/graphiql.css">
    <link rel="stylesheet" href="/ide/main.css">
  </head>
  <body>
    <form id="callers" autocomplete="off">
      <label>Call as <select id="caller"></select></label>
      <label id="pasted" hidden>Access token <input id="token" spellcheck="false"></label>
      <span id="sign-in" hidden>
        <label>Scopes <input id="scopes" spellcheck="false"></label>
        <button>Sign in</button>
      </span>
      <output id="told">No Authorization header is sent.</output>
    </form>
    <main id="ide">Loading the IDE …</main>
    <script type="application/json" id="settings">${JSON.stringify(settings).replaceAll("<", "\\u003c")}</script>
    <script src="/ide/react.js"></script>
    <script src="/ide/react-dom.js"></script>
    <script src="/ide/graphiql.js"></script>
    <script type="module" src="/ide/main.js"></script>
  </body>
</html>
`;
}
