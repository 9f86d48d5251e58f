/** One cell of the database, sealed again. Called by reseal; opens and seals, reads and writes nothing. */
import type { Keyring } from './keyring.js';
import { OpenFailure, sealedBeginning, type Sealer, type SealPlace } from './seal.js';
import type { SealedContent } from './sealed-columns.js';

export interface ResealCellParts {
  readonly content: SealedContent;
  readonly place: (field: string) => SealPlace;
  readonly keyring: Keyring;
  readonly sealer: Sealer;
}

/** The text with all that is sealed in it under the sealing key; the very same where it is already; null where it does
 *  not open, or is no JSON where JSON belongs. */
export async function resealCell(text: string, parts: ResealCellParts): Promise<string | null> {
  const { content } = parts;
  try {
    return typeof content === 'string'
      ? await resealText(text, content, parts)
      : await resealMembers(text, content, parts);
  } catch (error) {
    if (error instanceof OpenFailure) return null;
    throw error;
  }
}

async function resealText(sealed: string, field: string, { place, keyring, sealer }: ResealCellParts): Promise<string> {
  if (sealed.startsWith(sealedBeginning(keyring.sealingKid))) return sealed;
  return sealer.seal(await sealer.open(sealed, place(field)), place(field));
}

async function resealMembers(
  text: string,
  fields: Readonly<Record<string, string>>,
  parts: ResealCellParts,
): Promise<string> {
  const members = readMembers(text);
  for (const [name, field] of Object.entries(fields)) {
    const sealed = members[name];
    if (typeof sealed !== 'string') throw new OpenFailure();
    members[name] = await resealText(sealed, field, parts);
  }
  return JSON.stringify(members);
}

function readMembers(text: string): Record<string, unknown> {
  try {
    return { ...Object(JSON.parse(text)) };
  } catch {
    throw new OpenFailure();
  }
}
