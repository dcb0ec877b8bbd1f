import type { IdeCaller } from "./ide-tokens.ts";

/** What the IDE's page is told. */
export interface IdeSettings {
  /** Whose tokens it can get from this server. */
  readonly callers: readonly IdeCaller[];
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
