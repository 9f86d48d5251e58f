/** Reads one provider's file into a definition, or into every fault that stands in its way. Called by
 *  load-catalogue.ts. A fault never repeats a value: somebody may have written a secret where none belongs. */
import { parseDocument } from 'yaml';
import type * as z from 'zod';
import type { Mode } from '../config/config.js';
import type { Checked, ConfigFault } from '../config/fault.js';
import { checkUrls } from './check-urls.js';
import { checkEndpoints } from './check-endpoints.js';
import { checkRequests } from './check-requests.js';
import { checkTemplates, isPattern } from './check-templates.js';
import { definitionSchema, type Definition } from './definition.js';

const MAX_FILE_CHARACTERS = 64 * 1024;

export interface DefinitionSource {
  readonly file: string;
  readonly text: string;
  readonly mode: Mode;
  /** The text of a definition that this one may extend. */
  readShipped(id: string): string | null;
}

export function readDefinition(source: DefinitionSource): Checked<Definition> {
  const { file, mode } = source;
  const written = readYaml(source);
  if ('faults' in written) return written;
  const whole = extend(written.value, source);
  if ('faults' in whole) return whole;
  const parsed = definitionSchema.safeParse(whole.value);
  if (!parsed.success) return { faults: parsed.error.issues.flatMap((issue) => faultsOfIssue(file, issue)) };
  const place = (key: string): string => `${file}: ${key}`;
  const faults = [
    ...checkEndpoints(parsed.data, place),
    ...checkRequests(parsed.data, place),
    ...checkUrls(parsed.data, mode, place),
    ...checkTemplates(parsed.data, place),
    ...checkPatterns(parsed.data, file),
    ...checkRefreshPolicy(parsed.data, file),
  ];
  return faults.length > 0 ? { faults } : { value: parsed.data };
}

function readYaml({ file, text }: Pick<DefinitionSource, 'file' | 'text'>): Checked<unknown> {
  if (text.length > MAX_FILE_CHARACTERS) {
    return { faults: [{ path: file, fault: 'is longer than 64 KiB', mend: 'Keep one provider a file.' }] };
  }
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true, schema: 'core', merge: false });
  if (document.errors.length > 0) {
    return { faults: document.errors.map((error) => faultOfYaml(file, text, error)) };
  }
  return { value: readWithoutAliases(document) };
}

/** What a file says stands, key by key, over what the definition that it extends says; of the policy and of the values part
 *  by part. */
function extend(written: unknown, source: DefinitionSource): Checked<unknown> {
  const id = isObject(written) ? written['extends'] : undefined;
  if (!isObject(written) || typeof id !== 'string') return { value: written };
  const text = source.readShipped(id);
  if (text === null) {
    const mend = 'docs/providers/README.md lists the definitions that are shipped.';
    return { faults: [{ path: `${source.file}: extends`, fault: 'is not a definition that is shipped', mend }] };
  }
  const base = readYaml({ file: `${source.file} extends ${id}`, text });
  if ('faults' in base) return base;
  const whole = extend(base.value, {
    ...source,
    readShipped: (further) => (further === id ? null : source.readShipped(further)),
  });
  if ('faults' in whole) return whole;
  const shipped = isObject(whole.value) ? whole.value : {};
  const policy = mergePolicy(shipped['refreshPolicy'], written['refreshPolicy']);
  return { value: { ...shipped, ...written, ...policy, ...mergeValues(shipped['values'], written['values']) } };
}

function mergeValues(shipped: unknown, written: unknown): { readonly values?: unknown } {
  return isObject(shipped) && isObject(written) ? { values: { ...shipped, ...written } } : {};
}

/** The reason of a shipped policy is one for its mode. */
function mergePolicy(shipped: unknown, written: unknown): { readonly refreshPolicy?: unknown } {
  if (!isObject(shipped) || !isObject(written)) return {};
  const isOtherMode = written['mode'] !== undefined && written['mode'] !== shipped['mode'];
  const { reason, source, ...parts } = shipped;
  return { refreshPolicy: { ...parts, ...(isOtherMode ? {} : { reason, source }), ...written } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Aliases are not needed here, and a few of them can unfold into gigabytes. */
function readWithoutAliases(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    return null;
  }
}

function faultOfYaml(file: string, text: string, error: { code: string; pos: [number, number] }): ConfigFault {
  const line = text.slice(0, error.pos[0]).split('\n').length;
  const fault = `line ${line} is not valid YAML (${error.code})`;
  return { path: file, fault, mend: 'Mend the line; check indentation, quotes and keys that stand twice.' };
}

type Issue = z.core.$ZodIssue;

function faultsOfIssue(file: string, issue: Issue): ConfigFault[] {
  const path = placeOf(file, issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const { fault, mend } = unknownKey(key);
      return { path: placeOf(file, [...issue.path, key]), fault, mend };
    });
  }
  if (issue.code === 'invalid_key') {
    return [{ path, fault: issue.issues[0]?.message ?? 'is not a name that may stand here', mend: 'Rename it.' }];
  }
  return [{ path, ...explain(issue) }];
}

function placeOf(file: string, keys: readonly PropertyKey[]): string {
  const path = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return path === '' ? file : `${file}: ${path.replace(/^\./, '')}`;
}

function explain(issue: Issue): { fault: string; mend: string } {
  if (issue.code === 'invalid_type') {
    const mend = issue.expected === 'string' ? 'Give a text; digits alone go into quotes.' : 'See docs/providers.md.';
    return { fault: `is missing or is not of type ${issue.expected}`, mend };
  }
  if (issue.code === 'invalid_value') {
    return { fault: 'is not a known value', mend: `Write one of ${issue.values.join(', ')}.` };
  }
  if (issue.code === 'too_small') return { fault: 'is empty or too small', mend: 'Give a value, or remove the key.' };
  if (issue.code === 'too_big') return { fault: 'is too long or too large', mend: 'Make it smaller.' };
  // A message of our own schema, in our words.
  return { fault: issue.message, mend: 'Change it or remove it.' };
}

function unknownKey(key: string): { fault: string; mend: string } {
  if (/secret|password|privatekey/i.test(key)) {
    const mend =
      'Remove it and set LATCHKEY_PROVIDER_<ID>_CLIENT_SECRET or _PRIVATE_KEY (or the same name with _FILE).';
    return { fault: 'a secret does not stand in this file', mend };
  }
  if (/grant|response/i.test(key)) {
    const mend = 'Remove it: Latchkey uses the authorization code grant with PKCE, and no other.';
    return { fault: 'grants and response types cannot be configured', mend };
  }
  return { fault: 'is not a known key', mend: 'Correct its spelling, or remove it.' };
}

function checkPatterns(definition: Definition, file: string): ConfigFault[] {
  return definition.parameters.flatMap((parameter, index) => {
    if (parameter.pattern === undefined || isPattern(parameter.pattern)) return [];
    const mend = 'Write it as a JavaScript regular expression, without slashes.';
    return [{ path: `${file}: parameters[${index}].pattern`, fault: 'is not a regular expression', mend }];
  });
}

function checkRefreshPolicy(definition: Definition, file: string): ConfigFault[] {
  const policy = definition.refreshPolicy;
  const faults: ConfigFault[] = [];
  if (policy?.mode === 'whenActive' && policy.idleAfterSeconds === undefined) {
    const fault = 'the mode whenActive does not say when a user counts as idle';
    faults.push({ path: `${file}: refreshPolicy.idleAfterSeconds`, fault, mend: 'Give the seconds without activity.' });
  }
  const { notBeforeSeconds, notAfterSeconds } = policy ?? {};
  if (notBeforeSeconds !== undefined && notAfterSeconds !== undefined && notAfterSeconds >= notBeforeSeconds) {
    const fault = 'leaves no moment in which the provider takes a refresh';
    const mend = 'Make it smaller than notBeforeSeconds: both count back from the end of the access token.';
    faults.push({ path: `${file}: refreshPolicy.notAfterSeconds`, fault, mend });
  }
  return faults;
}
