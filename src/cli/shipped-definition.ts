/** The definitions that come with Latchkey, read as the catalogue reads an operator's file that extends one, for the pages
 *  made of them. Called by generate-docs; throws where one is faulty. */
import { parse } from 'yaml';
import * as z from 'zod';
import type { Definition } from '../providers/definition.js';
import { readDefinition } from '../providers/read-definition.js';
import { readShippedDefinition, shippedIds } from '../providers/shipped-definitions.js';
import { registrationSchema } from '../providers/values-schema.js';

export interface ShippedDefinition {
  readonly id: string;
  readonly definition: Definition;
}

export function readShippedDefinitions(): ShippedDefinition[] {
  return shippedIds().map((id) => ({ id, definition: read(id) }));
}

/** With the examples for the values that an operator has to give, without which it would not be whole. */
function read(id: string): Definition {
  const wanted = readRegistration(id)?.values ?? [];
  const values = Object.fromEntries(wanted.map(({ name, example }) => [name, example]));
  const text = `extends: ${id}\nvalues: ${JSON.stringify(values)}`;
  const source = { file: `${id}.yaml`, text, mode: 'production', readShipped: readShippedDefinition } as const;
  const checked = readDefinition(source);
  if ('value' in checked) return checked.value;
  throw new Error(`The definition ${id} is faulty: ${JSON.stringify(checked.faults)}`);
}

const registrationAlone = z.object({ extends: z.string().optional(), registration: registrationSchema.optional() });

function readRegistration(id: string): z.infer<typeof registrationSchema> | undefined {
  const written = registrationAlone.parse(parse(readShippedDefinition(id) ?? ''));
  if (written.registration || written.extends === undefined) return written.registration;
  return readRegistration(written.extends);
}

/** A definition's texts are plain ones: "<shop>" in a step is no tag. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\<*[\]]/g, String.raw`\$&`);
}
