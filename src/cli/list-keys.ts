/** latchkey keys list: the keys of the keyring, and how many sealed values of the database, and answers in the journals of
 *  this data folder, stand under each. */
import { readKeyringText, type KeyringText } from '../vault/keyring-text.js';
import { countJournalled } from '../vault/left-journals.js';
import { valueOrFaults } from './report-faults.js';
import { withVault, type VaultCommandParts } from './open-vault.js';

export interface ListKeysOptions {
  readonly keyringFile: string | null;
  readonly format: 'text' | 'json';
}

interface KeyList {
  readonly keys: readonly {
    readonly kid: string;
    readonly createdAt: string;
    readonly state: 'seals' | 'opens';
    readonly sealedValues: number;
    /** Providers' answers that no gateway has written to the database yet. */
    readonly inJournal: number;
  }[];
  /** Values under keys that are not in this keyring; they cannot be opened. */
  readonly underOtherKeys: number;
}

export async function listKeys({ keyringFile, format }: ListKeysOptions, parts: VaultCommandParts): Promise<void> {
  await withVault(parts, keyringFile, async ({ text, keyring, values, journalFolder }) => {
    const journal = new Map<string, number>();
    for (const kid of keyring.kids) journal.set(kid, await countJournalled(journalFolder, kid));
    const list = listOf(valueOrFaults(readKeyringText(text)), await values.countUse(keyring.kids), journal);
    parts.write(format === 'json' ? `${JSON.stringify(list, null, 2)}\n` : tableOf(list));
  });
}

function listOf(
  { keys, sealWith }: KeyringText,
  use: { readonly byKid: ReadonlyMap<string, number>; readonly others: number },
  journal: ReadonlyMap<string, number>,
): KeyList {
  return {
    keys: keys.map(({ kid, createdAt }) => ({
      kid,
      createdAt,
      state: kid === sealWith ? 'seals' : 'opens',
      sealedValues: use.byKid.get(kid) ?? 0,
      inJournal: journal.get(kid) ?? 0,
    })),
    underOtherKeys: use.others,
  };
}

function tableOf({ keys, underOtherKeys }: KeyList): string {
  const rows = [
    ['KEY', 'CREATED', 'STATE', 'SEALED VALUES', 'IN JOURNAL'],
    ...keys.map(({ kid, createdAt, state, sealedValues, inJournal }) => [
      kid,
      createdAt,
      state,
      String(sealedValues),
      String(inJournal),
    ]),
    ...(underOtherKeys === 0 ? [] : [['(not in this keyring)', '', '', String(underOtherKeys), '']]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
