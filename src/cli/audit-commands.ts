/** The words of `latchkey audit` and what they call. Called by run-command. docs/audit.md has examples. */
import type { Command } from 'commander';
import { printAuditKey } from './audit-key.js';
import { exportAudit } from './export-audit.js';
import type { AuditCommandParts } from './open-audit.js';
import { verifyAudit } from './verify-audit.js';

const jsonOption = ['--json', 'write JSON to standard output'] as const;

interface VerifyWords {
  readonly export?: string;
  readonly checkpoint?: readonly string[];
  readonly key?: readonly string[];
  readonly json?: true;
}

export function addAuditCommands(program: Command, parts: AuditCommandParts): void {
  const audit = program
    .command('audit')
    .description('what was done by whom, as a chain that can be checked (docs/audit.md)');
  audit
    .command('export')
    .description('write the audit into a file that can be checked without the database')
    .requiredOption('--out <file>', 'the file, which must not exist yet; JSON, a row a line')
    .option('--user <id>', 'only what this user did or had done to them can be read; of the rest its hashes')
    .option(...jsonOption)
    .action(({ out, user, json }: { out: string; user?: string; json?: true }) =>
      exportAudit({ out, userId: user ?? null, format: json ? 'json' : 'text' }, parts),
    );
  audit
    .command('verify')
    .description('check the audit of the database, or of an export; exits with 65 where it does not hold')
    .option('--export <file>', 'what `audit export` wrote, instead of the database')
    .option(
      '--checkpoint <file>',
      'checkpoints that were kept elsewhere, or the log that told them; repeatable',
      gather,
    )
    .option('--key <key or file>', 'what `audit key` printed, instead of the key of the keyring; repeatable', gather)
    .option(...jsonOption)
    .addHelpText('after', examples)
    .action(({ export: exportFile, checkpoint = [], key = [], json }: VerifyWords) =>
      verifyAudit(
        { exportFile: exportFile ?? null, checkpointFiles: checkpoint, keys: key, format: json ? 'json' : 'text' },
        parts,
      ),
    );
  audit
    .command('key')
    .description('print the public key that checkpoints are checked with')
    .action(() => printAuditKey(parts));
}

const examples = `
Examples:
  latchkey audit verify
  latchkey audit export --out audit.jsonl
  latchkey audit verify --export audit.jsonl --checkpoint audit-checkpoints.jws --key audit-key.json`;

function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
