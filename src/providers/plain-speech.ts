/** What a provider is that departs from the specifications in nothing. Called by whoever makes a Provider without a
 *  file: tests and the bench. */
import * as z from 'zod';
import { dialectSchema, lifetimesSchema, rotationSchema } from './dialect-schema.js';
import type { Provider } from './provider.js';
import { valuesSchema } from './values-schema.js';

type Plain =
  | 'endpoints'
  | 'values'
  | 'placeholders'
  | 'hosts'
  | 'dialect'
  | 'me'
  | 'rotation'
  | 'lifetimes'
  | 'rateLimits'
  | 'closing';

export function plainSpeech(): Pick<Provider, Plain> {
  const { keep } = z.strictObject(valuesSchema).parse({});
  return {
    endpoints: {},
    values: {},
    placeholders: [],
    hosts: [],
    dialect: { ...z.strictObject(dialectSchema).parse({}), exchange: null, keep },
    me: null,
    rotation: rotationSchema.parse({}),
    lifetimes: lifetimesSchema.parse({}),
    rateLimits: [],
    closing: null,
  };
}
