/** Checks every URL of a definition against its network: https everywhere, plain http for loopback alone, and loopback
 *  in development alone. Called by read-definition.ts; returns all faults. */
import type { Mode } from '../config/config.js';
import type { ConfigFault } from '../config/fault.js';
import { isAddressAllowed, literalAddress } from '../outbound/address-policy.js';
import { hasOpenHost } from './address-template.js';
import type { Definition } from './definition.js';

/** `place` names a key of the file in a fault's path. */
export function checkUrls(definition: Definition, mode: Mode, place: (key: string) => string): ConfigFault[] {
  const { network } = definition;
  const each = (key: string, values: readonly string[], rule: UrlRule): ConfigFault[] =>
    values.flatMap((value, index) => rule(sampleOf(value, network), place(`${key}[${index}]`), network));
  const one = (key: string, value: string | undefined, rule: UrlRule): ConfigFault[] =>
    value === undefined ? [] : rule(sampleOf(value, network), place(key), network);

  return [
    ...checkNetwork(definition, mode, place('network')),
    ...one('issuer', definition.issuer, checkIssuer),
    ...Object.entries(definition.endpoints).flatMap(([key, url]) => one(`endpoints.${key}`, url, checkEndpoint)),
    ...one('me.url', definition.me?.url ?? undefined, checkEndpoint),
    ...one('exchange.url', definition.exchange?.url, checkEndpoint),
    ...one('resource', definition.resource, checkResource),
    ...each('redirectUris', definition.redirectUris, mode === 'development' ? checkOwnRedirectUri : checkRedirectUri),
    ...each('apiOrigins', definition.apiOrigins, checkOrigin),
    ...one('api.base', definition.api?.base, checkApiBase),
    ...one('documentationUrl', definition.documentationUrl, checkPage),
    ...one('refreshPolicy.source', definition.refreshPolicy?.source, checkPage),
    ...one('closes.source', definition.closes?.source, checkPage),
    ...one('registration.url', definition.registration?.url, checkPage),
    ...definition.rateLimits.flatMap((limit, index) => one(`rateLimits[${index}].source`, limit.source, checkPage)),
    ...definition.facts.flatMap((fact, index) => one(`facts[${index}].source`, fact.source, checkPage)),
  ];
}

/** A template as one of the addresses that it can become; its placeholders are checked by check-templates.ts. */
function sampleOf(template: string, network: Definition['network']): string {
  const host = network === 'loopback' ? 'localhost' : 'sample.example';
  return template
    .replace(/^\{[a-zA-Z0-9]+\}/, `https://${host}`)
    .replace(/^(https?:\/\/)\{[a-zA-Z0-9]+\}(?=[:/?#]|$)/, `$1${host}`)
    .replace(/\{[a-zA-Z0-9]+\}/g, 'sample');
}

type UrlRule = (value: string, path: string, network: Definition['network']) => ConfigFault[];

/** 127.0.0.0/8, ::1, or the name localhost, whose addresses are checked again when it is connected to. */
function isLoopbackHost(hostname: string): boolean {
  const literal = literalAddress(hostname);
  return literal === null ? hostname === 'localhost' : isAddressAllowed(literal, 'loopback');
}

function checkNetwork(definition: Definition, mode: Mode, path: string): ConfigFault[] {
  if (definition.network !== 'loopback') return [];
  if (mode === 'production') {
    const mend = 'Remove the key, or the whole file if this is a demo provider.';
    return [{ path, fault: 'a loopback provider is refused in production', mend }];
  }
  const { issuer, endpoints, me, exchange, api } = definition;
  const addresses = [issuer, ...Object.values(endpoints), me?.url, exchange?.url, api?.base].filter((one) => !!one);
  const fixed = addresses
    .filter((one) => !hasOpenHost(one ?? ''))
    .concat(definition.hosts.map((host) => `http://${host}`));
  const hosts = fixed.flatMap((one) => (one && URL.canParse(one) ? [new URL(one).hostname] : []));
  if (hosts.every(isLoopbackHost)) return [];
  const mend = 'Remove the key: this provider is on the public network.';
  return [{ path, fault: 'the network is loopback and the provider is not', mend }];
}

/** RFC 8414 §2: https, without query and fragment. Compared byte for byte with the discovery document. */
const checkIssuer: UrlRule = (value, path, network) => {
  const mend =
    'Give the issuer as the provider states it in its discovery document, such as https://login.example.com.';
  const fault = faultOfWebUrl(value, network) ?? (new URL(value).search === '' ? null : 'has a query');
  return fault === null ? [] : [{ path, fault, mend }];
};

const checkEndpoint: UrlRule = (value, path, network) => {
  const fault = faultOfWebUrl(value, network);
  return fault === null ? [] : [{ path, fault, mend: 'Give its whole address, on https.' }];
};

/** RFC 8707 §2: an absolute URI without a fragment. It is a name, so no scheme is demanded. */
const checkResource: UrlRule = (value, path) => {
  if (URL.canParse(value) && !value.includes('#')) return [];
  return [{ path, fault: 'is not an absolute URI without a fragment', mend: 'Write it as the provider documents it.' }];
};

/** RFC 9700 §2.1, §4.1: compared byte for byte, https, http for loopback alone; no custom schemes (RFC 8252 §8.4). */
const checkRedirectUri: UrlRule = (value, path, network) => {
  const fault = faultOfWebUrl(value, network);
  const mend = "Give your app's own callback page on https, exactly as registered at the provider.";
  return fault === null ? [] : [{ path, fault, mend }];
};

/** The app under development has its page on this machine, whichever provider it connects to. */
const checkOwnRedirectUri: UrlRule = (value, path) => checkRedirectUri(value, path, 'loopback');

const checkOrigin: UrlRule = (value, path, network) => {
  const fault = faultOfWebUrl(value, network) ?? (new URL(value).origin === value ? null : 'is more than an origin');
  return fault === null ? [] : [{ path, fault, mend: 'Write scheme, host and port alone: https://api.example.com.' }];
};

/** What is asked for is written behind it, so it has to stand as it will be sent. */
const checkApiBase: UrlRule = (value, path, network) => {
  const fault =
    faultOfWebUrl(value, network) ?? (isPlainAddress(value) ? null : 'is more than an origin and a plain path');
  return fault === null ? [] : [{ path, fault, mend: 'Write it without query: https://api.example.com/v2.' }];
};

function isPlainAddress(value: string): boolean {
  const { origin, pathname } = new URL(value);
  const path = pathname === '/' ? '' : pathname;
  return [`${origin}${path}`, `${origin}/`].includes(value) && /^[A-Za-z0-9/._~-]*$/.test(path) && !path.includes('//');
}

const checkPage: UrlRule = (value, path) => {
  const isPage = URL.canParse(value) && ['https:', 'http:'].includes(new URL(value).protocol);
  return isPage
    ? []
    : [{ path, fault: 'is not a web address', mend: 'Give an absolute https URL, or remove the key.' }];
};

function faultOfWebUrl(value: string, network: Definition['network']): string | null {
  if (!URL.canParse(value)) return 'is not an absolute URL';
  const url = new URL(value);
  const isLoopback = network === 'loopback' && isLoopbackHost(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback)) return 'is not an https URL';
  if (url.username !== '' || url.password !== '') return 'has a user name or a password in it';
  if (value.includes('#')) return 'has a fragment';
  return null;
}
