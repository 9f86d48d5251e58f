import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkpointFileIn } from '../../src/audit/checkpoint-file.js';
import { createEraseFromAudit } from '../../src/audit/erase-store.js';
import { runCommand } from '../../src/cli/run-command.js';
import { assertKeyringOpensVault } from '../../src/vault/keyring-check.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { keepTestAudit, type KeptAudit } from '../support/kept-audit.js';
import { databaseKinds, openTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

interface Line {
  sequence: number;
  [member: string]: unknown;
}

describe.each(databaseKinds)('the audit commands on %s', (kind) => {
  let db: TestDatabase;
  let kept: KeptAudit;
  let environment: Record<string, string>;
  let exported: string;

  beforeEach(async () => {
    db = await openTestDatabase(kind);
    const keyring = join(db.folder, 'keyring.json');
    const text = newKeyringText({ development: false, clock: db.clock });
    await writeFile(keyring, text, { mode: 0o600 });
    const vault = createTestVault(text);
    await assertKeyringOpensVault({ ...db, ...vault });
    kept = await keepTestAudit(db, vault);
    exported = join(db.folder, 'audit.jsonl');
    environment = {
      LATCHKEY_KEYRING_FILE: keyring,
      LATCHKEY_DATA_FOLDER: db.folder,
      ...(db.config.kind === 'postgres' ? { LATCHKEY_DATABASE_URL: db.config.url.expose() } : {}),
    };
    await kept.act('ada', 'bob', 'cem');
    await kept.keeper().chain();
  });
  afterEach(() => db.close());

  async function run(
    words: string,
    settings: Record<string, string> = environment,
    onInterrupt?: (listener: () => void) => void,
  ): Promise<Ran> {
    let [output, errors] = ['', ''];
    const code = await runCommand(words.split(' '), {
      sources: { environment: settings, readFile: (path) => readFileSync(path, 'utf8'), readFolder: () => [] },
      clock: db.clock,
      write: (text) => void (output += text),
      writeError: (text) => void (errors += text),
      ...(onInterrupt ? { onInterrupt } : {}),
    });
    return { code, output, errors };
  }

  const sql = (text: string) => db.database.write((transaction) => transaction.query(text));
  const checkpointFile = () => checkpointFileIn(db.folder);
  const lines = async (): Promise<string[]> => (await readFile(exported, 'utf8')).trimEnd().split('\n');
  const change = async (how: (all: string[]) => string[]) => writeFile(exported, `${how(await lines()).join('\n')}\n`);
  const changeRow = (sequence: number, how: (row: Line) => Line) =>
    change((all) =>
      all.map((line) => {
        const row = JSON.parse(line) as Line;
        return row.sequence === sequence ? JSON.stringify(how(row)) : line;
      }),
    );
  const publicKey = async () => (await run('audit key')).output.trim();
  /** As an auditor does it: no database, no keyring, no settings. */
  const verifyOffline = async (checkpoints = checkpointFile()) => {
    const keyFile = join(db.folder, 'key.json');
    await writeFile(keyFile, await publicKey());
    return run(`audit verify --export ${exported} --checkpoint ${checkpoints} --key ${keyFile} --json`, {});
  };
  const kindsOf = ({ output }: Ran) => [
    ...new Set((JSON.parse(output) as { faults: { kind: string }[] }).faults.map((fault) => fault.kind)),
  ];

  test('verify finds nothing in a database that nobody touched', async () => {
    const { code, output, errors } = await run('audit verify');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(/^Chain [\w-]{36}: 6 rows up to place 6, signed up to 6\.\n$/);
  });

  test('verify exits with 65 for a database that was changed, and says where', async () => {
    await sql("UPDATE audit_event SET reason = 'another' WHERE sequence = 3");
    const { code, output, errors } = await run('audit verify');
    expect(code).toBe(65);
    expect(output).toContain('Row 3 is not what was chained');
    expect(errors).toContain('The audit does not hold in one place');
  });

  test('verify says so where no checkpoint vouches for the rows', async () => {
    await writeFile(checkpointFile(), '');
    expect(await run('audit verify')).toMatchObject({
      code: 0,
      errors: expect.stringContaining('No checkpoint vouches'),
    });
  });

  test('verify tells rows that wait for their place', async () => {
    await kept.act('dan');
    expect((await run('audit verify')).output).toContain('2 rows have no place in the chain yet.');
  });

  test('an export is checked without database, settings and keyring', async () => {
    expect(await run(`audit export --out ${exported}`)).toEqual({
      code: 0,
      output: `Wrote 6 rows up to place 6 to ${exported}, 6 of them to be read.\n`,
      errors: '',
    });
    const { code, output } = await verifyOffline();
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ rows: 6, last: 6, signedUpTo: 6, faults: [] });
    const [, row] = await lines();
    expect(JSON.parse(row ?? '')).toMatchObject({
      sequence: 1,
      action: 'account.read',
      outcome: 'STARTED',
      values: { actorId: { value: 'root' }, subjectId: { value: 'ada' }, reason: { value: 'Ticket 7' } },
    });
  });

  test("an export of one user's rows shows nothing of the others, and is checked as a whole", async () => {
    expect((await run(`audit export --out ${exported} --user bob`)).output).toContain('2 of them to be read');
    const text = (await lines()).join('\n');
    expect(text).toContain('"bob"');
    expect(text).not.toMatch(/"(ada|cem)"/);
    expect((await lines())[1]).toMatch(/^\{"sequence":1,"content":"[0-9a-f]{64}","hash":"[0-9a-f]{64}"\}$/);
    expect((await verifyOffline()).code).toBe(0);
    await change((all) => all.toSpliced(1, 1));
    expect(kindsOf(await verifyOffline())).toEqual(['MISSING']);
  });

  test('an export of a vault whose user was erased holds, and tells how many values are gone', async () => {
    await createEraseFromAudit(db)('ada');
    await run(`audit export --out ${exported}`);
    const { code, output } = await verifyOffline();
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ erasedValues: 8, faults: [] });
    expect((await lines()).join('\n')).not.toContain('"ada"');
  });

  describe('verify finds in an export', () => {
    beforeEach(async () => {
      await run(`audit export --out ${exported}`);
    });

    test.each<[string, string, () => Promise<void>]>([
      ['an action that was edited', 'CHANGED', () => changeRow(3, (row) => ({ ...row, action: 'user.read' }))],
      [
        'a person who was exchanged',
        'CHANGED',
        () =>
          changeRow(3, (row) => ({
            ...row,
            values: { ...(row['values'] as object), actorId: { value: 'eve', salt: '00' } },
          })),
      ],
      [
        'a value that was put in without a salt',
        'CHANGED',
        () =>
          changeRow(3, (row) => ({
            ...row,
            values: { ...(row['values'] as object), actorId: { value: 'eve', salt: null } },
          })),
      ],
      ['a row that was deleted', 'MISSING', () => change((all) => all.toSpliced(3, 1))],
      ['a front that was cut off', 'MISSING', () => change((all) => all.toSpliced(1, 2))],
      ['an end that was cut off', 'CUT_TAIL', () => change((all) => all.slice(0, -2))],
    ])('%s', async (_, fault, tamper) => {
      await tamper();
      const ran = await verifyOffline();
      expect(ran.code).toBe(65);
      expect(kindsOf(ran)).toEqual([fault]);
    });

    test('rows that were put in another order', async () => {
      await change(([head = '', first = '', second = '', ...rest]) => [head, second, first, ...rest]);
      expect(kindsOf(await verifyOffline())).toEqual(['MISSING', 'MOVED']);
    });

    test('an end that was cut off together with what the first line says of it', async () => {
      const { hash } = JSON.parse((await lines())[4] ?? '') as { hash: string };
      await change(([head = '', ...rows]) => [
        JSON.stringify({ ...(JSON.parse(head) as object), last: { sequence: 4, hash } }),
        ...rows.slice(0, 4),
      ]);
      const ran = await verifyOffline();
      expect([ran.code, kindsOf(ran)]).toEqual([65, ['CUT_TAIL']]);
    });

    test('a front that was cut off as if retention had done it', async () => {
      const { hash } = JSON.parse((await lines())[2] ?? '') as { hash: string };
      await change(([head = '', ...rows]) => [
        JSON.stringify({ ...(JSON.parse(head) as object), after: { sequence: 2, hash } }),
        ...rows.slice(2),
      ]);
      const ran = await verifyOffline();
      expect([ran.code, kindsOf(ran)]).toEqual([65, ['CUT_FRONT']]);
    });

    test('a line that is none', async () => {
      await change((all) => all.with(2, 'nonsense'));
      expect(await verifyOffline()).toMatchObject({ code: 65, errors: expect.stringContaining('Line 3 of') });
      await writeFile(exported, 'nonsense\n');
      expect(await verifyOffline()).toMatchObject({ code: 65, errors: expect.stringContaining('is no export') });
    });
  });

  test('verify finds a chain that was made anew over changed rows, though the key of the vault signed that too', async () => {
    const kepElsewhere = join(db.folder, 'kept-elsewhere.jws');
    await writeFile(kepElsewhere, await readFile(checkpointFile()));
    await sql("UPDATE audit_event SET actor_id = 'eve', sequence = NULL");
    await sql('UPDATE audit_chain SET sequence = 0, hash = cut_hash, signed_sequence = 0, signed_at = 0');
    await writeFile(checkpointFile(), '');
    await kept.keeper().chain();
    expect((await run('audit verify')).code).toBe(0);
    await run(`audit export --out ${exported}`);
    const ran = await verifyOffline(kepElsewhere);
    expect([ran.code, kindsOf(ran)]).toEqual([65, ['REWRITTEN']]);
    expect((await run(`audit verify --checkpoint ${kepElsewhere}`)).code).toBe(65);
  });

  test('the log is as good as the file of checkpoints', async () => {
    await run(`audit export --out ${exported}`);
    const log = join(db.folder, 'gateway.log');
    await writeFile(log, kept.log.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(await verifyOffline(log)).toMatchObject({ code: 0, output: expect.stringContaining('"signedUpTo": 6') });
    await writeFile(log, (await readFile(log, 'utf8')).replace('"sequence":6', '"sequence":5'));
    expect(await verifyOffline(log)).toMatchObject({ code: 65, output: expect.stringContaining(`${log}:1`) });
  });

  test('a checkpoint that another key signed is refused, and says where it stands', async () => {
    const stranger = await keepTestAudit(db);
    await sql('UPDATE audit_chain SET signed_sequence = 0, signed_at = 0');
    await stranger.keeper().chain();
    const { code, output } = await run('audit verify');
    expect(code).toBe(65);
    expect(output).toContain(`${checkpointFile()}:2 is not signed by the key.`);
    const own = JSON.stringify(kept.signer.publicKey);
    const other = JSON.stringify(stranger.signer.publicKey);
    expect((await run(`audit verify --key ${own} --key ${other}`)).code).toBe(0);
  });

  test('half a line that a crash left hides no checkpoint that came after it', async () => {
    const before = await readFile(checkpointFile(), 'utf8');
    await writeFile(checkpointFile(), before.slice(0, 80));
    await sql('UPDATE audit_chain SET signed_sequence = 0, signed_at = 0');
    await kept.keeper().chain();
    expect(await run('audit verify')).toMatchObject({ code: 0, output: expect.stringContaining('signed up to 6') });
  });

  test('key prints the public key alone, the same after a rotation', async () => {
    const before = await publicKey();
    expect(Object.keys(JSON.parse(before) as object).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    await run('keys rotate');
    expect(await publicKey()).toBe(before);
  });

  test('what is not there is told before anything is checked', async () => {
    expect((await run(`audit verify --export ${exported}`)).code).toBe(78);
    expect((await run(`audit verify --export ${exported} --checkpoint ${exported}`)).code).toBe(66);
    expect((await run(`audit verify --export ${exported} --checkpoint ${checkpointFile()}`)).code).toBe(66);
    expect((await run('audit verify --key nonsense')).code).toBe(78);
    const { LATCHKEY_KEYRING_FILE: _, ...keyless } = environment;
    expect(await run('audit verify', keyless)).toMatchObject({ code: 78, errors: expect.stringContaining('--key') });
  });

  test('an export overwrites nothing, and one that is interrupted leaves nothing', async () => {
    await writeFile(exported, 'mine');
    expect((await run(`audit export --out ${exported}`)).code).toBe(73);
    expect(await readFile(exported, 'utf8')).toBe('mine');
    const half = join(db.folder, 'half.jsonl');
    const interrupt = (listener: () => void) => listener();
    expect((await run(`audit export --out ${half}`, environment, interrupt)).code).toBe(130);
    expect(await readdir(db.folder)).not.toContain('half.jsonl');
    expect((await run('audit verify', environment, interrupt)).code).toBe(130);
  });
});
