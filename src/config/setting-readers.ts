/** How the text of a setting becomes a value. Each reader is a zod schema from text; its message completes the sentence
 *  "LATCHKEY_X ..." and never repeats the text, which may be a secret that was put in the wrong place. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { isSafeWebUrl } from './loopback.js';

export const text = z.string();

/** true or false, as settings of containers are written. */
export const flag = z
  .enum(['true', 'false'], { error: 'is neither true nor false' })
  .transform((word) => word === 'true');

export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `is none of ${words.join(', ')}` });
}

export function wholeNumber({ from, to }: { from: number; to: number }) {
  const error = `is not a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(from, error).max(to, error));
}

/** Entries separated by commas or white space; a comma inside a URL is written %2C. */
export function listOf<Entry extends z.ZodType<unknown, string>>(entry: Entry) {
  return z
    .string()
    .transform((list) => list.split(/[\s,]+/).filter((one) => one !== ''))
    .pipe(z.array(entry));
}

/** An address or a name to listen on. */
export const listenHost = z.string().refine((host) => ipaddr.isValid(host) || hostName.test(host), {
  error: 'is neither an address nor a host name',
});

/** scheme://host[:port], given back without a trailing slash. */
export const origin = z
  .string()
  .refine(isOrigin, { error: 'is not an origin: scheme, host and port alone', abort: true })
  .refine((value) => isSafeWebUrl(new URL(value)), 'is not https, which only this machine itself may do without')
  .transform((value) => new URL(value).origin);

/** An absolute URL, kept byte for byte. */
export const webUrl = z
  .string()
  .refine((value) => URL.canParse(value), { error: 'is not an absolute URL', abort: true })
  .refine((value) => isSafeWebUrl(new URL(value)), 'is not https, which only this machine itself may do without')
  .refine((value) => new URL(value).username === '' && new URL(value).password === '', 'has a name or password in it')
  .refine((value) => !value.includes('#'), 'has a fragment (#...)');

/** A value of the Host header: name or address, with the port where it is not the scheme's own. */
export const hostHeader = z
  .string()
  .refine(isHostHeader, 'is not a host name with an optional port')
  .transform((host) => host.toLowerCase());

/** An address or a range of addresses (CIDR). A range of everything would let every client say who it is. */
export const addressRange = z
  .string()
  .refine((range) => ipaddr.isValid(range) || ipaddr.isValidCIDR(range), {
    error: 'is neither an address nor a range such as 10.0.0.0/8',
    abort: true,
  })
  .refine((range) => !range.endsWith('/0'), 'is everybody, so that any client could say whose address it has');

const hostName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { origin: own, href } = new URL(value);
  return own !== 'null' && href === `${own}/`;
}

function isHostHeader(value: string): boolean {
  if (!URL.canParse(`https://${value}`)) return false;
  const { hostname, href } = new URL(`https://${value}`);
  return /^[a-z0-9.:[\]-]+$/i.test(value) && hostname !== '' && href.split('/').length === 4;
}
