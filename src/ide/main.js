import { anonymous, createLocalCaller, createPasted } from "./callers.js";
import { createFetcher } from "./fetcher.js";
import { createSwitch, tellAnswer, tellProblem, tellToken } from "./switch.js";

const settings = JSON.parse(find("settings").textContent ?? "");
// A dialog of GraphiQL makes a style sheet, and looks here for what the Content-Security-Policy lets pass.
globalThis.__webpack_nonce__ = settings.nonce;
const token = /** @type {HTMLInputElement} */ (find("token"));
const pasted = createPasted(token);
const root = ReactDOM.createRoot(find("ide"));

const defaultTabs = [
  { query: "# For everybody.\nquery Public {\n  publicMessage {\n    message\n  }\n}\n" },
  { query: "# For callers with an access token.\nquery Private {\n  privateMessage {\n    message\n  }\n}\n" },
  { query: "# For callers with read:admin-messages.\nquery Admin {\n  adminMessage {\n    message\n  }\n}\n" },
];

createSwitch([anonymous, ...settings.callers.map(createLocalCaller), pasted], (caller) => {
  find("pasted").hidden = caller !== pasted;
  const tellNext = () => caller.getToken().then(tellToken, tellProblem);
  token.oninput = tellNext;
  void tellNext();
  // Another fetcher makes GraphiQL ask for the schema again: what there is may depend on who asks.
  root.render(React.createElement(GraphiQL, { fetcher: createFetcher(caller, tellAnswer), defaultTabs }));
});

find("callers").addEventListener("submit", (event) => event.preventDefault());

// In an editor the Tab key writes; Escape leaves it, so that nobody is held there who has only a keyboard.
document.addEventListener("keydown", ({ key, target }) => {
  const isInEditor = target instanceof HTMLElement && target.closest(".CodeMirror") !== null;
  if (key === "Escape" && isInEditor && document.querySelector(".CodeMirror-hints") === null) target.blur();
});

/** @param {string} id */
function find(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no ${id}.`);
  return element;
}
