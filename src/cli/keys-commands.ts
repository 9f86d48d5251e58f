/** The words of `latchkey keys` and what they call. Called by run-command. */
import type { Command } from 'commander';
import { changeKeyring } from './change-keyring.js';
import { dropKey } from './drop-key.js';
import { listKeys } from './list-keys.js';
import { makeKeyring } from './make-keyring.js';
import { resealVault, type ResealVaultParts } from './reseal-vault.js';

interface KeyringOption {
  readonly keyring?: string;
}

interface JsonOption {
  readonly json?: true;
}

const keyringOption = ['--keyring <file>', "the keyring's file, instead of LATCHKEY_KEYRING_FILE"] as const;
const jsonOption = ['--json', 'write JSON to standard output'] as const;

export function addKeysCommands(program: Command, parts: ResealVaultParts): void {
  const keys = program.command('keys').description('the keyring that seals tokens (docs/keys.md)');
  keys
    .command('new')
    .description('make a new keyring, with one fresh key')
    .option('--out <file>', 'write it to this file, which must not exist yet, instead of standard output')
    .option('--development', 'mark it as one that production refuses')
    .action(({ out, development }: { out?: string; development?: true }) =>
      makeKeyring({ out: out ?? null, development: development ?? false }, parts),
    );
  keys
    .command('list')
    .description('show the keys, and how many sealed values stand under each')
    .option(...keyringOption)
    .option(...jsonOption)
    .action((options: KeyringOption & JsonOption) => listKeys(looks(options), parts));
  addChanges(keys, parts);
  keys
    .command('reseal')
    .description('bring all sealed values under the key that seals, while gateways serve; run again to go on')
    .option(...keyringOption)
    .option(...jsonOption)
    .action((options: KeyringOption & JsonOption) => resealVault(looks(options), parts));
  keys
    .command('drop <kid>')
    .description('take a key out of the keyring; refused while a sealed value stands under it')
    .option(...keyringOption)
    .option('--abandon-unreadable', 'drop it even if values stand under it that no key opens')
    .action((kid: string, { keyring, abandonUnreadable }: KeyringOption & { abandonUnreadable?: true }) =>
      dropKey({ kid, keyringFile: keyring ?? null, unreadable: abandonUnreadable ? 'abandon' : 'keep the key' }, parts),
    );
}

function addChanges(keys: Command, parts: ResealVaultParts): void {
  keys
    .command('rotate')
    .description('add a fresh key that seals from now on; all others still open')
    .option(...keyringOption)
    .action(({ keyring = null }: { keyring?: string | null }) =>
      changeKeyring({ change: 'rotate', keyringFile: keyring }, parts),
    );
  keys
    .command('add')
    .description('add a fresh key that only opens yet, for gateways on several machines')
    .option(...keyringOption)
    .action(({ keyring = null }: { keyring?: string | null }) =>
      changeKeyring({ change: 'add', keyringFile: keyring }, parts),
    );
  keys
    .command('use <kid>')
    .description('let this key of the keyring seal from now on')
    .option(...keyringOption)
    .action((kid: string, { keyring = null }: { keyring?: string | null }) =>
      changeKeyring({ change: 'use', kid, keyringFile: keyring }, parts),
    );
}

function looks({ keyring, json }: KeyringOption & JsonOption): { keyringFile: string | null; format: 'text' | 'json' } {
  return { keyringFile: keyring ?? null, format: json ? 'json' : 'text' };
}
