/** @import { Caller } from "./callers.js" */

/**
 * What GraphiQL asks for.
 * @typedef {{ query: string, operationName?: string | null, variables?: unknown }} GraphQLRequest
 * @typedef {{ headers?: Record<string, string> }} FetcherOptions
 */

/**
 * What the server answers.
 * @typedef {{ path?: readonly (string | number)[], message: string, extensions?: Record<string, unknown> }} Refusal
 * @typedef {{ data?: unknown, errors?: readonly Refusal[] }} Answer
 */

/** What another token of the same caller can mend: this one ran out, or the provider was started anew. */
const renewable = ["token_expired", "token_inactive", "invalid_token"];

/**
 * Makes GraphiQL's fetcher: it sends the caller's token, unless the Headers pane has an Authorization of its own, and
 * once more with a new one where the server does not take that. What an operation is answered is told.
 * @param {Caller} caller
 * @param {(answer: Answer) => void} tell
 */
export function createFetcher(caller, tell) {
  return async (/** @type {GraphQLRequest} */ request, /** @type {FetcherOptions} */ options = {}) => {
    const answer = await ask(request, options, caller).catch(({ message }) => ({ errors: [{ message }] }));
    if (request.operationName !== "IntrospectionQuery") tell(answer);
    return answer;
  };
}

/**
 * @param {GraphQLRequest} request
 * @param {FetcherOptions} options
 * @param {Caller} caller
 * @returns {Promise<Answer>}
 */
async function ask(request, options, { getToken, renewToken }) {
  const isOwn = Object.keys(options.headers ?? {}).some((name) => name.toLowerCase() === "authorization");
  if (isOwn) return send(request, options, undefined);
  const answer = await send(request, options, await getToken());
  const isRefused = answer.errors?.some(({ extensions }) => renewable.includes(String(extensions?.["reason"])));
  if (!isRefused || renewToken === undefined || !isRepeatable(answer, request)) return answer;
  return send(request, options, await renewToken());
}

/**
 * Whether nothing can happen twice: without data nothing was executed. (GraphiQL's own reading of the operation lags
 * behind the editor.)
 * @param {Answer} answer
 * @param {GraphQLRequest} request
 */
function isRepeatable({ data }, { query }) {
  return data === undefined || !/\bmutation\b/.test(query);
}

/**
 * @param {GraphQLRequest} request
 * @param {FetcherOptions} options
 * @param {string | undefined} token
 * @returns {Promise<Answer>}
 */
async function send({ operationName, ...request }, options, token) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...options.headers,
    },
    // Just after a change of tabs GraphiQL still names the operation of the tab before.
    body: JSON.stringify({
      ...request,
      ...(operationName && request.query.includes(operationName) && { operationName }),
    }),
  });
  return response.json();
}
