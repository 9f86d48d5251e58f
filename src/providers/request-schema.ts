/** The parts of a definition that are a whole request of their own, and not a departure from one of the specification's:
 *  their schemas. Called by definition.ts; what each key means stands in dialect.ts. */
import * as z from 'zod';
import { headerValue } from './api-schema.js';
import { parameterName } from './dialect-schema.js';
import { isExpression } from './query-json.js';

const text = z.string().min(1).max(2000);
const optionalExpression = text.refine(isExpression, 'is not a JMESPath expression').nullable().default(null);
const parameters = z.record(parameterName, text);

/** A JSON object with texts as its leaves. */
export interface JsonTemplate {
  readonly [name: string]: string | JsonTemplate;
}
const jsonTemplate: z.ZodType<JsonTemplate> = z.record(
  z.string().min(1).max(100),
  z.union([text, z.lazy(() => jsonTemplate)]),
);

export const meSchema = z.strictObject({
  url: z.string().nullable().default(null),
  endpoint: z.enum(['introspect', 'userinfo']).nullable().default(null),
  method: z.enum(['GET', 'POST']).default('GET'),
  headers: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'is not the name of a header in small letters'), headerValue)
    .default({}),
  query: parameters.default({}),
  form: parameters.default({}),
  json: jsonTemplate.nullable().default(null),
  authentication: z.enum(['bearer', 'client', 'none']).default('bearer'),
  scopes: z.array(text).default([]),
  refused: optionalExpression,
  map: z.strictObject({
    externalId: optionalExpression,
    name: optionalExpression,
    email: optionalExpression,
    avatarUrl: optionalExpression,
  }),
});

export const exchangeSchema = z.strictObject({
  url: z.string(),
  method: z.enum(['GET', 'POST']).default('POST'),
  parameters,
});
