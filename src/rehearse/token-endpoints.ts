/** The rehearsed provider's token endpoint, for the exchange of a code and for a refresh (RFC 6749 §4.1.3, §6). Called by
 *  scripted-server.ts. */
import { createHash } from 'node:crypto';
import { checkClient } from './check-client.js';
import { checkParameters, is, isPresent, type Expected } from './check-parameters.js';
import { isSameAddress, type Checked, type Endpoint, type Scene } from './endpoint.js';
import type { Consent, Issued } from './grants.js';
import { readParameters, type ProviderAnswer, type ProviderRequest } from './provider-request.js';
import { tokenWishes } from './token-content.js';
import { faultsOfMoment } from './refresh-moment.js';

export function createTokenEndpoint(scene: Scene): Endpoint {
  const { addresses, provider, grants, answers } = scene;
  const { pkce } = provider.dialect;
  return {
    call: 'token',
    isAt: (url) => isSameAddress(addresses.token, url),
    check: (request) =>
      checkTokenRequest(scene, 'token', request, {
        grant_type: is('authorization_code'),
        code: isPresent,
        redirect_uri: isPresent,
        ...(pkce === 'off' ? {} : { code_verifier: isPresent }),
      }),
    async answer(request, { standard }) {
      const consent = grants.takeCode(standard.get('code') ?? '');
      if (!consent) return answers.refusal(request, 'token', 'deadGrant');
      const faults = faultsOfProof(consent, standard);
      for (const fault of faults) scene.report(`token: ${fault}`);
      if (faults.length > 0) return answers.refusal(request, 'token', 'deadGrant');
      return tokenAnswer(scene, request, grants.open(consent));
    },
  };

  function faultsOfProof(consent: Consent, standard: Checked['standard']): string[] {
    const { remove } = provider.dialect.token;
    const isOther = !remove.includes('redirect_uri') && standard.get('redirect_uri') !== consent.redirectUri;
    const isUnproven =
      pkce !== 'off' && !remove.includes('code_verifier') && !proves(consent, standard.get('code_verifier'));
    return [
      ...(isOther ? ['redirect_uri is another than the authorization request had'] : []),
      ...(isUnproven ? ['code_verifier does not prove the challenge of the authorization request (PKCE)'] : []),
    ];
  }
}

export function createRefreshEndpoint(scene: Scene): Endpoint {
  const { addresses, grants, answers } = scene;
  return {
    call: 'refresh',
    isAt: (url) => isSameAddress(addresses.refresh ?? addresses.token, url),
    async check(request) {
      const expected = { grant_type: is('refresh_token'), refresh_token: isPresent };
      const checked = await checkTokenRequest(scene, 'refresh', request, expected);
      const grant = grants.find(checked.standard.get('refresh_token') ?? '');
      const isUntraded = scene.provider.dialect.exchange !== null && grant?.isTraded === false;
      return isUntraded ? { ...checked, faults: [...checked.faults, 'it comes before the exchange'] } : checked;
    },
    async answer(request, { standard }) {
      const spent = standard.get('refresh_token') ?? '';
      for (const fault of faultsOfMoment(scene, grants.find(spent))) scene.report(`refresh: ${fault}`);
      const issued = grants.refresh(spent);
      if (!issued) return answers.refusal(request, 'refresh', 'deadGrant');
      return tokenAnswer(scene, request, issued);
    },
  };
}

async function checkTokenRequest(
  { provider, registration, addresses, clock }: Scene,
  call: 'token' | 'refresh',
  request: ProviderRequest,
  expected: Expected,
): Promise<Checked> {
  const changes = provider.dialect[call];
  const address = (call === 'refresh' ? addresses.refresh : null) ?? addresses.token;
  const { parameters, faults } = readParameters(request, changes.body, address);
  const audience = provider.issuer ?? new URL(addresses.authorize ?? '').origin;
  const client = checkClient(request, { client: provider.client, registration, clock, audience });
  const resource = provider.resource === null ? {} : { resource: is(provider.resource) };
  const checked = await checkParameters(parameters, {
    changes,
    expected: { ...expected, ...client.expected, ...resource },
    optional: client.optional,
  });
  const method = request.method === changes.method ? [] : [`it is sent by ${request.method}, not ${changes.method}`];
  return { standard: checked.standard, faults: [...method, ...faults, ...client.faults, ...checked.faults] };
}

export async function tokenAnswer(scene: Scene, request: ProviderRequest, issued: Issued): Promise<ProviderAnswer> {
  const { provider, registration, signingKey, answers, clock } = scene;
  const { person, nonce } = issued.grant.consent;
  const idToken =
    nonce !== null && signingKey !== null && provider.issuer !== null && issued.grant.refreshes === 0
      ? await signingKey.sign({ issuer: provider.issuer, audience: registration.clientId, subject: person, nonce })
      : null;
  return answers.content(
    request,
    tokenWishes(provider.dialect, { values: scene.values, issued, now: clock.now(), idToken }),
  );
}

/** RFC 7636 §4.6. */
function proves({ codeChallenge }: Consent, verifier = ''): boolean {
  return createHash('sha256').update(verifier).digest('base64url') === codeChallenge;
}
