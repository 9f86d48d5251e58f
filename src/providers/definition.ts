/** A provider's file as the operator writes it: its schema, and nothing about what it means. Called by
 *  read-definition.ts. Strict: a key that is not known is a fault, so that a misspelt one is not silently ignored.
 *  There is no key for a grant or a response type: Latchkey uses the authorization code with PKCE and nothing else
 *  (RFC 9700 §2.1.2, §2.4), and none for a secret: those come from the environment. */
import * as z from 'zod';
import { apiSchema } from './api-schema.js';
import { dialectSchema, lifetimesSchema, rotationSchema } from './dialect-schema.js';
import { exchangeSchema, meSchema } from './request-schema.js';
import { registrationSchema, valuesSchema } from './values-schema.js';

const PROTOCOL_PARAMETERS = new Set([
  'client_id',
  'client_secret',
  'code',
  'code_challenge',
  'code_challenge_method',
  'grant_type',
  'login_hint',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'resource',
  'response_mode',
  'response_type',
  'scope',
  'state',
]);

const text = z.string().min(1).max(2000);
/** RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ). */
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,500}$/, 'is not a scope: spaces and quotes cannot stand in one');
const seconds = z.number().int().positive();
const count = z.number().int().positive();
const secondsOrNone = z.number().int().min(0);

const authorizationParameters = z.record(text, text).superRefine((parameters, context) => {
  for (const name of Object.keys(parameters)) {
    if (!PROTOCOL_PARAMETERS.has(name)) continue;
    context.addIssue({ code: 'custom', path: [name], message: 'belongs to the protocol and cannot be set here' });
  }
});

const refreshPolicy = z.strictObject({
  mode: z.enum(['scheduled', 'lazy', 'whenActive', 'never']),
  leadSeconds: seconds.optional(),
  jitterSeconds: seconds.optional(),
  idleAfterSeconds: seconds.optional(),
  keepAliveSeconds: seconds.optional(),
  notBeforeSeconds: secondsOrNone.optional(),
  minimumAgeSeconds: seconds.optional(),
  notAfterSeconds: secondsOrNone.optional(),
  sameTokenMeansTooEarly: z.boolean().optional(),
  budgetPerSecond: z.number().positive().max(10_000).optional(),
  reason: text.optional(),
  source: z.string().optional(),
});

/** Each stands over what the issuer's discovery document says; without an issuer they are all there is. */
const endpoints = z.strictObject({
  authorize: z.string().optional(),
  token: z.string().optional(),
  refresh: z.string().optional(),
  revoke: z.string().optional(),
  introspect: z.string().optional(),
  userinfo: z.string().optional(),
  nonce: z.string().optional(),
  jwks: z.string().optional(),
});

const date = z.iso.date();

const rateLimit = z.strictObject({
  per: z.enum(['app', 'account', 'user']),
  requests: count,
  seconds,
  source: z.string().optional(),
});

/** For the pages of docs/providers alone. */
const fact = z.strictObject({
  what: text,
  source: z.string(),
  /** When it was compared with the source. */
  checked: date,
  /** False where the source could not be read, or does not say it plainly. */
  confirmed: z.boolean(),
});

export const definitionSchema = z.strictObject({
  extends: z.string().optional(),
  name: text,
  issuer: z.string().optional(),
  endpoints: endpoints.default({}),
  network: z.enum(['public', 'loopback']).default('public'),
  clientId: text.optional(),
  clientAuthentication: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'signed_secret', 'none'])
    .optional(),
  clientKey: z
    .strictObject({
      algorithm: z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']),
      id: text.optional(),
    })
    .optional(),
  /** RFC 7519, as the client's secret; the longest that any provider takes is half a year. */
  signedSecret: z
    .strictObject({
      issuer: text,
      audience: text,
      lifetimeSeconds: z.number().int().min(60).max(15_777_000).default(300),
    })
    .optional(),
  scopes: z.array(scope),
  optionalScopes: z.array(scope).default([]),
  ...dialectSchema,
  ...valuesSchema,
  authorizationParameters: authorizationParameters.default({}),
  resource: z.string().optional(),
  redirectUris: z.array(z.string()).default([]),
  apiOrigins: z.array(z.string()).default([]),
  api: apiSchema.optional(),
  exchange: exchangeSchema.optional(),
  me: meSchema.optional(),
  rotation: rotationSchema.prefault({}),
  lifetimes: lifetimesSchema.prefault({}),
  refreshPolicy: refreshPolicy.optional(),
  closes: z.strictObject({ on: date, instead: text.optional(), source: z.string() }).optional(),
  documentationUrl: z.string().optional(),
  registration: registrationSchema.optional(),
  rateLimits: z.array(rateLimit).default([]),
  facts: z.array(fact).default([]),
});

export type Definition = z.infer<typeof definitionSchema>;
