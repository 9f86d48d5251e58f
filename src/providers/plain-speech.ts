/** What a provider is that departs from the specifications in nothing. Called by whoever makes a Provider without a
 *  file: tests and the bench. */
import * as z from 'zod';
import { dialectSchema, lifetimesSchema, rotationSchema } from './dialect-schema.js';
import type { Provider } from './provider.js';

export function plainSpeech(): Pick<Provider, 'endpoints' | 'dialect' | 'me' | 'rotation' | 'lifetimes' | 'closing'> {
  return {
    endpoints: {},
    dialect: z.strictObject(dialectSchema).parse({}),
    me: null,
    rotation: rotationSchema.parse({}),
    lifetimes: lifetimesSchema.parse({}),
    closing: null,
  };
}
