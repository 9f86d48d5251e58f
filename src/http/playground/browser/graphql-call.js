/** Sends one operation to this gateway with the token of whoever is asking. Called by GraphiQL and by the bar. */

export function createGraphqlCall(currentToken) {
  return async function call({ query, variables, operationName }, headers = {}) {
    const token = currentToken();
    const request = {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json',
        'content-type': 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      body: JSON.stringify({ query, variables, operationName }),
    };
    try {
      return await (await fetch('/graphql', request)).json();
    } catch {
      return { errors: [{ message: 'The gateway gave no answer. Does it still run?' }] };
    }
  };
}

/** The first sentence that says what went wrong, or null. */
export function faultIn(answer) {
  return answer.errors?.[0]?.message ?? null;
}
