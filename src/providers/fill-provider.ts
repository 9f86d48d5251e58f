/** Makes a provider of a template: with the values that every account shares (at start, by build-provider.ts), or with
 *  those of one account, as far as its connection has come (by connect/ and the catalogue). Pure. No address leaves here
 *  that its rule does not cover (address-template.ts).
 *  Must never: put a value where it was not foreseen, or let one through that a header cannot carry. */
import { fail } from '../errors.js';
import { fillAddress, fillText, placeholdersOf, type WriteValue } from './address-template.js';
import { HEADER_VALUE } from './api-schema.js';
import type { Provider, ProviderValues } from './provider.js';
import { mapTemplates, STAGES, type Place, type Stage } from './templates.js';

/** What is used at a later stage is left out. Throws BAD_USER_INPUT for a value that a user is giving (`upTo` start),
 *  PROVIDER_MISCONFIGURED for any other that is missing or unfit. */
export function fillProvider(template: Provider, given: ProviderValues, upTo: Stage): Provider {
  if (template.placeholders.length === 0) return template;
  const values = { ...template.values, ...ownValues(template, given) };
  const later = laterNames(template, upTo);
  const filled = mapTemplates(template, (text, place) => {
    const names = openNames(text, place);
    if (names.some((name) => later.has(name))) return null;
    return fillPlace(text, { place, values, provider: template }) ?? failFor(template, { place, names, upTo });
  });
  return { ...filled, placeholders: [] };
}

/** Those places whose every value is known before anybody connects. One that cannot be filled stays as it is: that is a
 *  fault of the definition, which check-templates.ts names. */
export function fillFixed(provider: Provider): Provider {
  const asked = new Set(provider.parameters.map(({ name }) => name));
  const fixed = Object.fromEntries(Object.entries(provider.values).filter(([name]) => !asked.has(name)));
  const open = new Set<string>();
  const filled = mapTemplates(provider, (template, place) => {
    const text = fillPlace(template, { place, values: fixed, provider });
    if (text === null) openNames(template, place).forEach((name) => open.add(name));
    return text ?? template;
  });
  return { ...filled, placeholders: [...open] };
}

export interface Filling {
  readonly place: Place;
  readonly values: ProviderValues;
  readonly provider: Pick<Provider, 'hosts' | 'network'>;
}

/** Null where a value is missing or unfit. */
export function fillPlace(template: string, { place, values, provider }: Filling): string | null {
  if (openNames(template, place).length === 0) return template;
  if (place.kind === 'address') return fillAddress(template, values, provider);
  const kept = Object.fromEntries(place.secrets.map((name) => [name, `{${name}}`]));
  const text = fillText(template, { ...values, ...kept }, asText);
  return text !== null && place.kind === 'header' && !HEADER_VALUE.test(text) ? null : text;
}

/** The names of a place that values fill. */
export function openNames(template: string, { secrets }: Place): string[] {
  return placeholdersOf(template).filter((name) => !secrets.some((secret) => secret === name));
}

/** No brace: a value that looks like a placeholder of a secret must not be filled once more. */
const asText: WriteValue = (value) =>
  value !== '' && value.length <= 2000 && !/[{}]|\p{Cc}|\p{Cs}/u.test(value) ? value : null;

/** What an account may bring: of a definition that has changed since, it may hold more. */
function ownValues({ parameters, dialect: { keep } }: Provider, given: ProviderValues): ProviderValues {
  const names = new Set(parameters.map(({ name }) => name));
  for (const kept of [keep.callback, keep.answer, keep.me]) Object.keys(kept).forEach((name) => names.add(name));
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)));
}

function laterNames({ dialect: { keep } }: Provider, upTo: Stage): ReadonlySet<string> {
  const later = STAGES.slice(STAGES.indexOf(upTo) + 1);
  return new Set(later.flatMap((stage) => (stage === 'start' ? [] : Object.keys(keep[stage]))));
}

interface Unfilled {
  readonly place: Place;
  readonly names: readonly string[];
  readonly upTo: Stage;
}

function failFor({ id, parameters }: Provider, { place, names, upTo }: Unfilled): never {
  const listed = names.map((name) => `"${name}"`).join(' and ');
  const isAsked = names.some((name) => parameters.some((one) => one.name === name));
  if (upTo === 'start' && isAsked) {
    const why = `The value of the parameter ${listed} leads to no place of the provider "${id}".`;
    return fail('BAD_USER_INPUT', { field: 'parameters', why }, { detail: place.path });
  }
  const why = `The provider "${id}" has no usable value of ${listed}, without which its addresses are not known.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: id, why }, { detail: place.path });
}
