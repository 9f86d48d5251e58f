/** Brings the tokens of a consent: the code's exchange, and the trade that some providers want after it. Called by
 *  settle-authorization, which has consumed the state. Where the provider is depends on its user, on the callback and on
 *  its answer: each request goes where those before it said, and only if the definition allows that place. */
import type { CodeExchange, CodeGrant } from '../oauth/code-grant.js';
import { fillProvider } from '../providers/fill-provider.js';
import type { Catalogue } from '../providers/provider.js';
import type { CallbackAnswer } from './callback-answer.js';
import type { Consent } from './connect-account.js';
import type { PendingAuthorization } from './pending-store.js';

export interface CodeToRedeem extends Pick<CodeExchange, 'codeVerifier' | 'nonce'> {
  readonly attempt: PendingAuthorization;
  readonly answer: CallbackAnswer;
}

export type RedeemCode = (redeemed: CodeToRedeem) => Promise<Consent>;

export interface RedeemCodeParts {
  readonly catalogue: Catalogue;
  readonly codeGrant: CodeGrant;
}

/** The returned function throws what the code's exchange throws, and PROVIDER_MISCONFIGURED where callback or answer do not
 *  say where to go on. */
export function createRedeemCode({ catalogue, codeGrant }: RedeemCodeParts): RedeemCode {
  return async ({ attempt, answer, ...proof }) => {
    const template = catalogue.get(attempt.providerId);
    const atCallback = { ...attempt.providerValues, ...answer.kept };
    const tokens = await codeGrant.exchange({
      provider: fillProvider(template, atCallback, 'callback'),
      redirectUri: attempt.redirectUri,
      callback: answerWithCode(answer),
      ...proof,
    });
    const atAnswer = { ...atCallback, ...tokens.providerValues };
    const provider = fillProvider(template, atAnswer, 'answer');
    const traded = await codeGrant.trade({ provider, tokens });
    return { attempt, provider, tokens: traded, providerValues: { ...atAnswer, ...traded.providerValues } };
  };
}

function answerWithCode({ code, state, iss }: CallbackAnswer) {
  if (code === null) throw new Error('An answer without a code is a problem and is never exchanged.');
  return { code, state, iss };
}
