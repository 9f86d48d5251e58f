/** Where the rehearsed provider trades the access token that a code brought for one that lives longer. Called by
 *  scripted-server.ts. */
import { checkParameters, is, isPresent, type Judge } from './check-parameters.js';
import { isSameAddress, type Endpoint, type Scene } from './endpoint.js';
import { readParameters } from './provider-request.js';
import { tokenAnswer } from './token-endpoints.js';

export function createExchangeEndpoint(scene: Scene): Endpoint {
  const { provider, registration, grants, answers } = scene;
  const { exchange } = provider.dialect;
  const judgeOf = (text: string): Judge =>
    text.includes('{accessToken}') ? isPresent : is(text.replaceAll('{clientSecret}', registration.clientSecret));
  const expected = Object.entries(exchange?.parameters ?? {}).map(([name, text]) => [name, judgeOf(text)] as const);
  const tokenName = Object.entries(exchange?.parameters ?? {}).find(([, text]) => text.includes('{accessToken}'))?.[0];
  return {
    call: 'exchange',
    isAt: (url) => isSameAddress(exchange?.url ?? null, url),
    async check(request) {
      const { parameters, faults } = readParameters(request, exchange?.method === 'GET' ? 'query' : 'form');
      const changes = { add: {}, rename: {}, remove: [] };
      const checked = await checkParameters(parameters, { changes, expected: Object.fromEntries(expected) });
      const method = request.method === exchange?.method ? [] : [`it is sent by ${request.method}`];
      const grant = grants.find(checked.standard.get(tokenName ?? '') ?? '');
      const again = grant?.isTraded === true ? ['its token was exchanged before'] : [];
      return { standard: checked.standard, faults: [...method, ...faults, ...again, ...checked.faults] };
    },
    async answer(request, { standard }) {
      const issued = grants.exchange(standard.get(tokenName ?? '') ?? '');
      return issued ? tokenAnswer(scene, request, issued) : answers.refusal(request, 'token', 'deadGrant');
    },
  };
}
