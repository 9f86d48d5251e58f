/** Makes a provider of a template: with the values that every account shares (at start, by build-provider.ts), or with
 *  those of one account. Pure. No address leaves here that its rule does not cover (address-template.ts).
 *  Must never: put a value where it was not foreseen, or let one through that a header cannot carry. */
import { HEADER_VALUE } from './api-schema.js';
import { fillAddress, fillText, placeholdersOf, type WriteValue } from './address-template.js';
import type { Provider } from './provider.js';
import { mapTemplates, type Place } from './templates.js';

export type Values = Readonly<Record<string, string>>;

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
  readonly values: Values;
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

const asText: WriteValue = (value) =>
  value !== '' && value.length <= 2000 && !/\p{Cc}|\p{Cs}/u.test(value) ? value : null;
