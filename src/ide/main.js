import { anonymous, createLocalCaller, createPasted } from "./callers.js";
import { createFetcher } from "./fetcher.js";
import { createSignIn } from "./sign-in.js";
import { createSwitch, tellAnswer, tellProblem, tellToken } from "./switch.js";

/** @import { Caller } from "./callers.js" */

const settings = JSON.parse(find("settings").textContent ?? "");
// A dialog of GraphiQL makes a style sheet, and looks here for what the Content-Security-Policy lets pass.
globalThis.__webpack_nonce__ = settings.nonce;
const token = /** @type {HTMLInputElement} */ (find("token"));
const scopes = /** @type {HTMLInputElement} */ (find("scopes"));
const pasted = createPasted(token);
const signIn = settings.signIn && createSignIn(settings.signIn);
const root = ReactDOM.createRoot(find("ide"));
/** @type {Caller} */
let current = anonymous;

const defaultTabs = [
  { query: "# For everybody.\nquery Public {\n  publicMessage {\n    message\n  }\n}\n" },
  { query: "# For callers with an access token.\nquery Private {\n  privateMessage {\n    message\n  }\n}\n" },
  { query: "# For callers with read:admin-messages.\nquery Admin {\n  adminMessage {\n    message\n  }\n}\n" },
];

const callers = [anonymous, ...settings.callers.map(createLocalCaller), ...(signIn ? [signIn.caller] : []), pasted];
const choose = createSwitch(callers, (caller) => {
  current = caller;
  find("pasted").hidden = caller !== pasted;
  find("sign-in").hidden = caller !== signIn?.caller;
  void tellNext();
  // Another fetcher makes GraphiQL ask for the schema again: what there is may depend on who asks.
  root.render(React.createElement(GraphiQL, { fetcher: createFetcher(caller, tellAnswer), defaultTabs }));
});

token.addEventListener("input", tellNext);
find("callers").addEventListener("submit", (event) => {
  event.preventDefault();
  if (current === signIn?.caller) signIn.start(scopes.value.trim()).catch(tellProblem);
});

if (signIn !== undefined) {
  scopes.value = ["openid", ...settings.signIn.scopes].join(" ");
  await signIn.finish().then(
    (/** @type {boolean} */ isSignedIn) => isSignedIn && choose(signIn.caller),
    async (/** @type {unknown} */ error) => {
      choose(signIn.caller);
      await tellNext();
      tellProblem(error);
    },
  );
}

// In an editor the Tab key writes; Escape leaves it, so that nobody is held there who has only a keyboard.
document.addEventListener("keydown", ({ key, target }) => {
  const isInEditor = target instanceof HTMLElement && target.closest(".CodeMirror") !== null;
  if (key === "Escape" && isInEditor && document.querySelector(".CodeMirror-hints") === null) target.blur();
});

/** Says what the next run sends, unless somebody else was chosen in the meantime. */
function tellNext() {
  const caller = current;
  return caller.getToken().then(
    (next) => caller === current && tellToken(next),
    (error) => caller === current && tellProblem(error),
  );
}

/** @param {string} id */
function find(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no ${id}.`);
  return element;
}
