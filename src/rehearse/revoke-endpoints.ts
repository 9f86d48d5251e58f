/** Where the rehearsed provider forgets tokens (RFC 7009, or its own way), and where it gives out nonces for requests that are
 *  signed. Called by scripted-server.ts. */
import { randomBytes } from 'node:crypto';
import type { SignatureScheme } from '../providers/dialect.js';
import { checkClient } from './check-client.js';
import { checkParameters, is, isPresent, type Expected, type Judge } from './check-parameters.js';
import { isSameAddress, type Endpoint, type Scene } from './endpoint.js';
import { exactly } from './fit-json.js';
import { readParameters } from './provider-request.js';

export function createRevokeEndpoint(scene: Scene, nonces: Set<string>): Endpoint {
  const { addresses, provider, registration, grants, answers } = scene;
  const { revoke } = provider.dialect;
  return {
    call: 'revoke',
    isAt: (url) => isSameAddress(addresses.revoke, url),
    async check(request) {
      const { parameters, faults } = readParameters(request, revoke.body);
      const client = checkClient(request, {
        client: provider.client,
        way: revoke.authentication,
        registration,
        clock: scene.clock,
        audience: provider.issuer ?? '',
      });
      const ofAccount = Object.keys(revoke.account).map((name) => [name, isPresent] as const);
      const signed = revoke.signature ? signatureOf(parameters, revoke.signature.signed) : {};
      const checked = await checkParameters(parameters, {
        changes: revoke,
        expected: {
          token: isPresent,
          token_type_hint: isHint,
          ...client.expected,
          ...Object.fromEntries(ofAccount),
          ...signed,
        },
        optional: client.optional,
      });
      const method = request.method === revoke.method ? [] : [`it is sent by ${request.method}, not ${revoke.method}`];
      return { standard: checked.standard, faults: [...method, ...faults, ...client.faults, ...checked.faults] };
    },
    async answer(request, { standard }) {
      if (revoke.signature && !nonces.delete(standard.get('nonce') ?? '')) {
        scene.report('revoke: the nonce was never given out, or was used before');
        return answers.refusal(request, 'revoke', 'request');
      }
      const grant = grants.find(standard.get('token') ?? '');
      const [ofAccount] = Object.keys(revoke.account);
      const person = grant?.consent.person ?? (ofAccount === undefined ? '' : (standard.get(ofAccount) ?? ''));
      grants.end(person);
      return answers.content(request, []);
    },
  };

  function signatureOf(parameters: URLSearchParams, names: readonly string[]): Expected {
    return { client_id: is(registration.clientId), nonce: isPresent, signature: isSignature(parameters, names, scene) };
  }
}

export function createNonceEndpoint(scene: Scene, nonces: Set<string>): Endpoint {
  const { addresses, provider, registration, answers, clock } = scene;
  const signature = provider.dialect.revoke.signature;
  const isNow: Judge = (value) =>
    Math.abs(Number(value) - clock.now() / 1000) < 300 ? null : 'is not the time in seconds';
  return {
    call: 'nonce',
    isAt: (url) => isSameAddress(addresses.nonce, url),
    async check(request) {
      const { parameters, faults } = readParameters(request, 'form');
      const { nonce }: Pick<SignatureScheme, 'nonce'> = signature ?? { nonce: { add: {}, signed: [], at: 'nonce' } };
      const checked = await checkParameters(parameters, {
        changes: { add: nonce.add, rename: {}, remove: [] },
        expected: {
          client_id: is(registration.clientId),
          timestamp: isNow,
          signature: isSignature(parameters, nonce.signed, scene),
        },
      });
      return { standard: checked.standard, faults: [...faults, ...checked.faults] };
    },
    async answer(request) {
      const nonce = randomBytes(16).toString('hex');
      nonces.add(nonce);
      return answers.content(request, signature ? [exactly(signature.nonce.at, nonce)] : []);
    },
  };
}

const isHint: Judge = (value) =>
  ['refresh_token', 'access_token'].includes(value) ? null : 'is none that the specification has';

/** The values in the alphabetical order of their names, joined by commas (dialect.ts, SignatureScheme). */
function isSignature(parameters: URLSearchParams, names: readonly string[], { registration }: Scene): Judge {
  return async (value) => {
    const text = names
      .toSorted()
      .map((name) => parameters.get(name) ?? '')
      .join(',');
    const bytes = new TextEncoder();
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', bytes.encode(registration.clientSecret), algorithm, false, [
      'sign',
    ]);
    const wanted = Buffer.from(await crypto.subtle.sign('HMAC', key, bytes.encode(text))).toString('hex');
    return value === wanted ? null : 'is not the signature';
  };
}
