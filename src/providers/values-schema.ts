/** The part of a definition that says which values an account brings, where each comes from, and which hosts they may lead
 *  to: its schema. Called by definition.ts; a value fills {name} in addresses and texts (templates.ts). */
import * as z from 'zod';
import { isExpression } from './query-json.js';

const text = z.string().min(1).max(2000);
const NAME = /^[a-z][A-Za-z0-9]{0,63}$/;
const valueName = z.string().regex(NAME, 'is not a name: letters and digits, a small letter first');
const expression = text.refine(isExpression, 'is not a JMESPath expression');
const callbackParameter = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'is not the name of a parameter');

/** A whole host, with its port where it has one, or a suffix of two labels or more: fewer would be half the internet. */
const host = z
  .string()
  .regex(
    /^(?:\.(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*|[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?)$/,
    'is neither a host in small letters nor a suffix of two labels that begins with a dot',
  );

const parameter = z.strictObject({
  name: valueName,
  description: text,
  pattern: text.optional(),
  required: z.boolean().default(true),
  example: text.optional(),
});

export const valuesSchema = {
  parameters: z.array(parameter).default([]),
  values: z.record(valueName, text).default({}),
  keep: z
    .strictObject({
      callback: z.record(valueName, callbackParameter).default({}),
      answer: z.record(valueName, expression).default({}),
      me: z.record(valueName, expression).default({}),
    })
    .prefault({}),
  hosts: z.array(host).default([]),
};

export const registrationSchema = z.strictObject({
  url: z.string(),
  steps: z.array(text).min(1),
  /** Values that the operator's own file has to give. */
  values: z.array(z.strictObject({ name: valueName, description: text, example: text })).default([]),
});
