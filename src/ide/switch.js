/** @import { Caller } from "./callers.js" */
/** @import { Answer, Refusal } from "./fetcher.js" */

/**
 * Lets somebody choose who calls; `choose` is called with each choice, and with the first caller at once.
 * @param {readonly Caller[]} callers
 * @param {(caller: Caller) => void} choose
 */
export function createSwitch(callers, choose) {
  const select = /** @type {HTMLSelectElement} */ (document.getElementById("caller"));
  select.replaceChildren(...callers.map(({ label }) => new Option(label)));
  const update = () => {
    const caller = callers[select.selectedIndex];
    if (caller !== undefined) choose(caller);
  };
  select.addEventListener("change", update);
  update();
}

/**
 * Says who calls, in the words of the header that the next run sends.
 * @param {string | undefined} token
 */
export function tellToken(token) {
  tell(token === undefined ? "sends no Authorization header" : "sends Authorization: Bearer …", false);
}

/**
 * Says which fields were refused and why, or that none was.
 * @param {Answer} answer
 */
export function tellAnswer({ errors = [] }) {
  if (errors.length === 0) tell("answered, and no field was refused", false);
  else tell(errors.map(formatError).join(" "), true);
}

/** @param {Refusal} refusal */
function formatError({ path, message, extensions }) {
  const scopes = extensions?.["requiredScopes"];
  const said = Array.isArray(scopes) ? `needs ${scopes.map((all) => all.join(" and ")).join(", or ")}.` : message;
  return path ? `${path.join(".")}: ${said}` : said;
}

/** @param {unknown} error */
export function tellProblem(error) {
  tell(error instanceof Error ? error.message : String(error), true);
}

/**
 * @param {string} text
 * @param {boolean} isProblem
 */
function tell(text, isProblem) {
  const told = /** @type {HTMLOutputElement} */ (document.getElementById("told"));
  told.textContent = text;
  told.classList.toggle("problem", isProblem);
}
