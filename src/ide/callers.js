/**
 * Somebody the IDE can call as.
 * @typedef {object} Caller
 * @property {string} label
 * @property {() => Promise<string | undefined>} getToken The token to send; undefined: none is sent.
 * @property {() => Promise<string | undefined>} [renewToken] Another one, when the server takes that one no more.
 */

/** @type {Caller} */
export const anonymous = { label: "anonymous", getToken: async () => undefined };

/**
 * A caller of the local provider. A token is kept for as long as the server takes it.
 * @param {{ name: string, scopes: string[] }} caller
 * @returns {Caller}
 */
export function createLocalCaller({ name, scopes }) {
  /** @type {Promise<string> | undefined} */
  let token;
  const renewToken = () => {
    token = requestToken(name);
    token.catch(() => {
      token = undefined;
    });
    return token;
  };
  const label = `${name} (${scopes.length === 0 ? "no scopes" : scopes.join(" ")})`;
  return { label, getToken: () => token ?? renewToken(), renewToken };
}

/**
 * Whoever's token is in the input.
 * @param {HTMLInputElement} input
 * @returns {Caller}
 */
export function createPasted(input) {
  return { label: "paste a token …", getToken: async () => input.value.trim().replace(/^Bearer /i, "") || undefined };
}

/**
 * @param {string} caller
 * @returns {Promise<string>}
 */
async function requestToken(caller) {
  const headers = { "content-type": "application/json" };
  const response = await fetch("/ide/token", { method: "POST", headers, body: JSON.stringify({ caller }) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`There is no token for ${caller}: ${answer.errors?.[0]?.message}`);
  return answer.access_token;
}
