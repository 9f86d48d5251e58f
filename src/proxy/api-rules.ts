/** Whether the operator's rules for a provider's API let a caller do what is asked. Pure; called before anything is sent.
 *  A path that is something else once decoded has to be allowed as both. */
import type { CallerRole } from '../callers/caller.js';
import { fail } from '../errors.js';
import type { ApiRule, Provider } from '../providers/provider.js';

export interface AskedCall {
  readonly method: string;
  /** ApiPath.readings. */
  readonly readings: readonly string[];
  readonly role: CallerRole;
}

/** Throws FORBIDDEN. */
export function assertAllowed({ id, api }: Provider, { method, readings, role }: AskedCall): void {
  const rules = api?.allow ?? null;
  if (rules === null) return;
  const own = rules.filter((rule) => isFor(rule, role) && takesMethod(rule, method));
  if (readings.every((reading) => own.some(({ paths }) => paths.some((path) => fits(path, reading))))) return;
  const why = `The operator's rules for the provider "${id}" do not allow you this method on this path.`;
  fail('FORBIDDEN', { provider: id, why });
}

/** Everybody is a user there: a service token too, which acts for users and is no admin. */
function isFor({ roles }: ApiRule, role: CallerRole): boolean {
  return roles.includes('user') || role === 'admin';
}

/** RFC 9110 §9.3.2: who may GET may HEAD. */
function takesMethod({ methods }: ApiRule, method: string): boolean {
  return methods === null || methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
}

function fits(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const isOpen = wanted.at(-1) === '**';
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  if (isOpen ? given.length < fixed.length : given.length !== fixed.length) return false;
  return fixed.every((segment, index) => (segment === '*' ? given[index] !== '' : segment === given[index]));
}
