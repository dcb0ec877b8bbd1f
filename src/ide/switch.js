/** @import { Caller } from "./callers.js" */
/** @import { Answer, Refusal } from "./fetcher.js" */

/**
 * Lets somebody choose who calls; `onChoice` is called with each choice, and with the first caller at once. Returns
 * what chooses in their stead.
 * @param {readonly Caller[]} callers
 * @param {(caller: Caller) => void} onChoice
 */
export function createSwitch(callers, onChoice) {
  const select = /** @type {HTMLSelectElement} */ (document.getElementById("caller"));
  select.replaceChildren(...callers.map(({ label }) => new Option(label)));
  const update = () => {
    const caller = callers[select.selectedIndex];
    if (caller !== undefined) onChoice(caller);
  };
  select.addEventListener("change", update);
  update();
  return (/** @type {Caller} */ caller) => {
    select.selectedIndex = callers.indexOf(caller);
    update();
  };
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

/**
 * Says what went wrong, with the code where the provider gave one (RFC 6749 sections 4.1.2.1 and 5.2).
 * @param {unknown} error
 */
export function tellProblem(error) {
  const { message = String(error), error: code } = Object(error);
  tell(typeof code === "string" ? `${message} (${code})` : message, true);
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
