/** The part of a definition that says how a provider departs from the specifications: its schema. Called by
 *  definition.ts; what each key means stands in dialect.ts. A provider that departs in nothing needs none of it. */
import * as z from 'zod';
import { isExpression } from './query-json.js';

const text = z.string().min(1).max(2000);
const expression = text.refine(isExpression, 'is not a JMESPath expression');
const optionalExpression = expression.nullable().default(null);
const pattern = text.refine(isPattern, 'is not a regular expression');
export const parameterName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'is not the name of a parameter');
const parameters = z.record(parameterName, text);
const seconds = z.number().int().positive();
const separator = z.enum([' ', ',', '+']);

const renames = z.record(parameterName, parameterName).default({});
const removals = z.array(parameterName).default([]);
const parameterChanges = { add: parameters.default({}), rename: renames, remove: removals };
const tokenRequest = z.strictObject({
  ...parameterChanges,
  method: z.enum(['POST', 'GET']).default('POST'),
  body: z.enum(['form', 'json', 'query']).default('form'),
});

const signature = z.strictObject({
  scheme: z.enum(['hmacSha256WithNonce']),
  nonce: z.strictObject({ add: parameters.default({}), signed: z.array(parameterName).min(1), at: expression }),
  signed: z.array(parameterName).min(1),
});

const errorRule = z
  .strictObject({
    codes: z.array(z.union([z.string().min(1), z.number().int().transform(String)])).default([]),
    http: z.number().int().min(400).max(499).nullable().default(null),
    text: pattern.nullable().default(null),
    calls: z.array(z.enum(['token', 'refresh', 'revoke', 'me'])).default([]),
    means: z.enum([
      'deadGrant',
      'configuration',
      'request',
      'retryLater',
      'rateLimited',
      'accessTokenRefused',
      'scopeMissing',
    ]),
  })
  .refine((rule) => rule.codes.length > 0 || rule.http !== null || rule.text !== null, 'fits every error');

const moment = z.strictObject({ at: expression, as: z.enum(['isoDate', 'epochSeconds', 'epochMilliseconds']) });

export const dialectSchema = {
  scopeSeparator: separator.default(' '),
  scopeNames: z.record(text, text).default({}),
  pkce: z.enum(['required', 'on', 'off']).default('on'),
  authorize: z.strictObject({ rename: renames, remove: removals }).prefault({}),
  redirectUriAs: text.nullable().default(null),
  scopeParameters: z.record(parameterName, z.union([z.literal('all'), z.array(text).min(1)])).default({}),
  callback: z
    .strictObject({
      code: parameterName.default('code'),
      state: parameterName.default('state'),
      responseMode: z.enum(['query', 'form_post']).default('query'),
    })
    .prefault({}),
  token: tokenRequest.prefault({}),
  refresh: tokenRequest.prefault({}),
  revoke: z
    .strictObject({
      ...parameterChanges,
      body: z.enum(['form', 'json']).default('form'),
      method: z.enum(['POST', 'DELETE']).default('POST'),
      authentication: z.enum(['client_secret_basic', 'client_secret_post', 'none']).nullable().default(null),
      of: z.enum(['pair', 'refreshToken', 'accessToken', 'account']).default('pair'),
      account: z.record(parameterName, z.enum(['externalId'])).default({}),
      signature: signature.nullable().default(null),
    })
    .prefault({}),
  answers: z
    .strictObject({
      format: z.enum(['json', 'form', 'contentType']).default('json'),
      at: optionalExpression,
      success: optionalExpression,
      error: z.array(expression).min(1).default(['error']),
      errorText: z.array(expression).default(['error_description']),
      retryAfter: optionalExpression,
      errors: z.array(errorRule).default([]),
    })
    .prefault({}),
  tokens: z
    .strictObject({
      access_token: optionalExpression,
      token_type: optionalExpression,
      refresh_token: optionalExpression,
      scope: optionalExpression,
      expires_in: optionalExpression,
      refresh_token_expires_in: optionalExpression,
      expiresInUnit: z.enum(['seconds', 'milliseconds']).default('seconds'),
      expires_at: moment.nullable().default(null),
      refresh_token_expires_at: moment.nullable().default(null),
      subject: optionalExpression,
      scopeSeparator: separator.nullable().default(null),
    })
    .prefault({}),
};

export const rotationSchema = z
  .strictObject({
    rotates: z.enum(['always', 'never', 'sometimes', 'unknown']).default('unknown'),
    replay: z.enum(['stable', 'grace', 'untilFirstUse', 'revokes']).default('revokes'),
    graceSeconds: seconds.nullable().default(null),
    endsAtFirstUse: z.boolean().default(false),
  })
  .refine(({ replay, graceSeconds }) => (replay === 'grace') === (graceSeconds !== null), {
    path: ['graceSeconds'],
    message: 'goes with replay: grace, and replay: grace needs it',
  });

export const lifetimesSchema = z.strictObject({
  accessTokenSeconds: seconds.nullable().default(null),
  refreshTokenSeconds: seconds.nullable().default(null),
  refreshTokenEnd: z.enum(['idle', 'fixed']).default('idle'),
});

function isPattern(value: string): boolean {
  try {
    return new RegExp(value, 'iu') instanceof RegExp;
  } catch {
    return false;
  }
}
