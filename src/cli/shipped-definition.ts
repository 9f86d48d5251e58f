/** The definitions that come with Latchkey, read as the catalogue reads them, for the pages made of them. Called by
 *  generate-docs; throws where one is faulty. */
import type { Definition } from '../providers/definition.js';
import { readDefinition } from '../providers/read-definition.js';
import { readShippedDefinition, shippedIds } from '../providers/shipped-definitions.js';

export interface ShippedDefinition {
  readonly id: string;
  readonly definition: Definition;
}

export function readShippedDefinitions(): ShippedDefinition[] {
  return shippedIds().map((id) => ({ id, definition: read(id) }));
}

function read(id: string): Definition {
  const text = readShippedDefinition(id) ?? '';
  const source = { file: `${id}.yaml`, text, mode: 'production', readShipped: readShippedDefinition } as const;
  const checked = readDefinition(source);
  if ('value' in checked) return checked.value;
  throw new Error(`The definition ${id} is faulty: ${JSON.stringify(checked.faults)}`);
}

/** A definition's texts are plain ones: "<shop>" in a step is no tag. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\<*[\]]/g, String.raw`\$&`);
}
