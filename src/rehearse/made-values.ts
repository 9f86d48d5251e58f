/** The values that fill a definition's placeholders in a rehearsal: what a user would give, and what the provider would tell in
 *  its callback and answers; made up so that each fits the places where it stands. Pure; called by rehearse.ts. */
import type { Provider } from '../providers/provider.js';
import { sampleValue } from './sample-text.js';

export interface MadeValues {
  /** What a user gives to startAuthorization. */
  readonly given: readonly { readonly name: string; readonly value: string }[];
  /** All, by name, as they are once everything has been told. */
  readonly all: Readonly<Record<string, string>>;
  /** Parameters for which no value could be made up. */
  readonly unmade: readonly string[];
}

export function makeValues(provider: Provider): MadeValues {
  const { keep } = provider.dialect;
  const asked = provider.parameters
    .filter(({ required }) => required)
    .map(({ name, pattern, example }) => ({ name, value: example ?? sampleValue(pattern) }));
  const given = asked.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]));
  const told = [keep.callback, keep.answer, keep.me].flatMap((names) => Object.keys(names));
  return {
    given,
    all: {
      ...provider.values,
      ...Object.fromEntries(given.map(({ name, value }) => [name, value])),
      ...Object.fromEntries(told.map((name) => [name, toldValue(provider, name)])),
    },
    unmade: asked.flatMap(({ name, value }) => (value === null ? [name] : [])),
  };
}

/** As the provider tells it of one person: what is a plain word, and no host, is another for each. */
export function valueOf(values: MadeValues['all'], name: string, person: string): string {
  const value = values[name] ?? '';
  return value.startsWith(WORD) && !value.includes('.') ? `${value}${OF}${person}` : value;
}

/** A request as it would be for anybody: without the persons in the values of valueOf. */
export function forAnybody(text: string): string {
  return text.replace(/(rehearsed-[a-z0-9]+)-of-[a-z]+/g, '$1');
}

const WORD = 'rehearsed-';
const OF = '-of-';

/** A whole origin or a whole host where it stands for one, of those that the definition lists; else a plain word. */
function toldValue(provider: Provider, name: string): string {
  const word = `${WORD}${name.toLowerCase()}`;
  const templates = addressesIn(provider);
  const hosts = provider.hosts.map((host) => (host.startsWith('.') ? `rehearsal${host}` : host));
  const [host = `${word}.example`] = hosts.filter((one) => isNamedFor(one, name)).concat(hosts);
  if (templates.some((template) => template.startsWith(`{${name}}`))) return `https://${host}`;
  const isWholeHost = templates.some((template) => new RegExp(`^https://\\{${name}\\}(?=[/:?#]|$)`).test(template));
  return isWholeHost ? host : word;
}

/** Where hosts of two kinds are listed, the name tells them apart as well as anything: apiDomain and www.zohoapis.com. */
function isNamedFor(host: string, name: string): boolean {
  const [word = ''] = name.split(/(?=[A-Z])/);
  return host.includes(word.toLowerCase());
}

function addressesIn({ issuer, endpoints, me, api, apiOrigins, dialect }: Provider): string[] {
  const addresses = [issuer, ...Object.values(endpoints), me?.url, dialect.exchange?.url, api?.base, ...apiOrigins];
  return addresses.filter((one) => typeof one === 'string');
}
