/** The IDE's page; all it loads comes from this process. */
export const idePage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>graphql-gatehouse</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/ide/graphiql.css">
    <style>html, body, #ide { height: 100%; margin: 0 }</style>
  </head>
  <body>
    <div id="ide">Loading the IDE …</div>
    <script src="/ide/react.js"></script>
    <script src="/ide/react-dom.js"></script>
    <script src="/ide/graphiql.js"></script>
    <script src="/ide/page.js"></script>
  </body>
</html>
`;

/** Shows GraphiQL with one tab for each kind of caller. */
export const idePageScript = `
const withToken = JSON.stringify({ Authorization: "Bearer <token, from npm run token>" }, null, 2);
const defaultTabs = [
  { query: "# For everybody.\\nquery Public {\\n  publicMessage {\\n    message\\n  }\\n}\\n" },
  {
    query: "# For callers with an access token.\\nquery Private {\\n  privateMessage {\\n    message\\n  }\\n}\\n",
    headers: withToken,
  },
  {
    query: "# For callers with read:admin-messages.\\nquery Admin {\\n  adminMessage {\\n    message\\n  }\\n}\\n",
    headers: withToken,
  },
];
const send = GraphiQL.createFetcher({ url: "/graphql" });
// Just after a change of tabs GraphiQL still names the operation of the tab before.
const fetcher = ({ operationName, ...request }, options) =>
  send({ ...request, ...(request.query.includes(operationName) && { operationName }) }, options);
const ide = React.createElement(GraphiQL, { fetcher, defaultTabs, defaultEditorToolsVisibility: "headers" });
ReactDOM.createRoot(document.getElementById("ide")).render(ide);
`;
