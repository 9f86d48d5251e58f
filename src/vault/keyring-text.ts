/** The keyring's JSON: its schema, and every fault in it at once. Called by keyring and keyring-file.
 *  Must never: repeat a value of the text in a fault. A key may stand in the wrong member, and even the message of
 *  JSON.parse quotes what it could not read. */
import { z } from 'zod';
import type { Checked, ConfigFault } from '../config/fault.js';
import type { Secret } from '../secret.js';

const keyBytes = z.string().refine(isKey);

const keyringText = z.strictObject({
  /** True where the keyring may be used in development only. */
  development: z.boolean().optional(),
  /** The kid of the key that seals. */
  sealWith: z.string(),
  keys: z
    .array(
      z.strictObject({
        // At most 32 characters, so that a key pasted here by mistake is refused and never printed as a name.
        kid: z.string().regex(/^[A-Za-z0-9._-]{1,32}$/),
        alg: z.literal('A256GCM'),
        createdAt: z.iso.datetime(),
        key: keyBytes,
      }),
    )
    .min(1),
  fingerprintKey: keyBytes,
});

export type KeyringText = z.infer<typeof keyringText>;

export function readKeyringText(text: Secret): Checked<KeyringText> {
  const json = parseJson(text.expose());
  if (json === undefined) return { faults: [fault([], 'is not JSON', makeOne)] };
  const read = keyringText.safeParse(json, { reportInput: true });
  const faults = [...(read.error?.issues ?? []).flatMap(describeIssue), ...findContradictions(json)];
  return read.success && faults.length === 0 ? { value: read.data } : { faults };
}

export function writeKeyringText(text: KeyringText): string {
  return `${JSON.stringify(text, null, 2)}\n`;
}

/** The command line, as an operator types it. */
export const latchkeyCommand = 'node dist/src/cli/latchkey.js';

export const newKeyringCommand = `${latchkeyCommand} keys new --out keyring.json`;

const makeOne = `Make a keyring with \`${newKeyringCommand}\`.`;
const key32 = `Give 32 random bytes as base64url, which is 43 characters; \`${newKeyringCommand}\` makes them.`;

/** What each member should be, and what to do when it is not. */
const members: Readonly<Record<string, readonly [fault: string, mend: string]>> = {
  development: ['is not true or false', 'Leave it out, or set it to true for a keyring of a development machine.'],
  sealWith: ['is not the name of a key', 'Name the kid of the key that seals what is written from now on.'],
  keys: ['is not a list with at least one key', makeOne],
  kid: ['is not a name of 1 to 32 of the characters A-Z, a-z, 0-9, ".", "_" and "-"', 'Give the key a short name.'],
  alg: ['is not "A256GCM"', 'Set it to "A256GCM"; no other algorithm is used with a key of the keyring.'],
  createdAt: ['is not a time such as 2026-01-31T12:00:00Z', 'Write when the key was made, in UTC.'],
  key: ['is not a key of 32 random bytes', key32],
  fingerprintKey: ['is not a key of 32 random bytes', key32],
};

function describeIssue(issue: z.core.$ZodIssue): ConfigFault[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => fault([...path, nameOf(name)], 'is not a member of a keyring', 'Remove it.'));
  }
  const [wrong, mend] = members[path.findLast((step) => typeof step === 'string') ?? ''] ?? [
    'is not an object',
    makeOne,
  ];
  if (issue.input === undefined) return [fault(path, 'is missing', mend)];
  return [fault(path, typeof path.at(-1) === 'number' ? 'is not an object' : wrong, mend)];
}

/** The name of a member that does not belong, if it cannot be a key that was pasted in its place. */
function nameOf(name: string): string {
  return /^[A-Za-z_-]{1,24}$/.test(name) ? name : '(a member)';
}

/** Reads leniently, so that these faults are found beside those of the schema. */
const lenient = z.object({
  sealWith: z.string().optional().catch(undefined),
  keys: z
    .array(
      z.object({ kid: z.string().optional().catch(undefined), key: z.string().optional().catch(undefined) }).catch({}),
    )
    .catch([]),
  fingerprintKey: z.string().optional().catch(undefined),
});

function findContradictions(json: unknown): ConfigFault[] {
  const { data } = lenient.safeParse(json);
  if (!data) return [];
  const kids = data.keys.map(({ kid }) => kid);
  const keys = data.keys.map(({ key }) => key);
  const faults = [
    ...repeats(kids).map((at) =>
      fault(['keys', at, 'kid'], 'is the name of another key too', 'Give each key its own.'),
    ),
    ...repeats(keys).map((at) => fault(['keys', at, 'key'], 'is the same as another key', key32)),
  ];
  if (data.sealWith !== undefined && !kids.includes(data.sealWith)) {
    faults.push(fault(['sealWith'], 'names no key of this keyring', 'Name the kid of one of the keys.'));
  }
  if (data.fingerprintKey !== undefined && keys.includes(data.fingerprintKey)) {
    faults.push(fault(['fingerprintKey'], 'is also a key that seals', key32));
  }
  return faults;
}

function repeats(values: readonly (string | undefined)[]): number[] {
  return values.flatMap((value, at) => (value !== undefined && values.indexOf(value) < at ? [at] : []));
}

/** 32 bytes in the one spelling that base64url has for them, and no placeholder such as AAAA...: of 32 random bytes,
 *  fewer than 16 differ less than once in 10^15. */
function isKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === text && new Set(bytes).size >= 16;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fault(path: readonly (string | number)[], what: string, mend: string): ConfigFault {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return { path: steps ? `LATCHKEY_KEYRING: ${steps.slice(1)}` : 'LATCHKEY_KEYRING', fault: what, mend };
}
