/** Times, outages and mixes of users as they are written on the command line. Called by simulate-command.ts. Each throws an
 *  Error whose sentence says how it is written. */
import type { Outage } from '../simulate/scenario.js';
import { DAY, HOUR, MINUTE, userModelNames, type UserMix, type UserModelName } from '../simulate/user-models.js';

const units: Readonly<Record<string, number>> = { s: 1000, m: MINUTE, h: HOUR, d: DAY };

/** Milliseconds; a bare number counts seconds. */
export function readLength(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  const length = Number(amount) * (units[unit === '' ? 's' : unit] ?? 0);
  if (amount !== '' && length > 0 && length <= 10_000 * DAY) return length;
  throw new Error('Give a time such as 90s, 30m, 6h or 60d, above 0.');
}

export function readOutage(text: string): Outage {
  const [from = '', length = '', ...rest] = text.split('+');
  if (length === '' || rest.length > 0) throw new Error('Write when it begins and how long it lasts: 2d+4h.');
  const begin = /^0[smhd]?$/.test(from) ? 0 : readLength(from);
  return { from: begin, to: begin + readLength(length) };
}

/** One model, or shares of several; the shares are made to sum up to 1. */
export function readMix(text: string): UserMix {
  const parts = text.split(',').map((part) => readPart(part));
  if (new Set(parts.map(([name]) => name)).size < parts.length) throw new Error('It names a kind of user twice.');
  const sum = parts.reduce((total, [, share]) => total + share, 0);
  return Object.fromEntries(parts.map(([name, share]) => [name, share / sum]));
}

function readPart(part: string): readonly [UserModelName, number] {
  const [, written = '', amount = '1'] = /^\s*([a-z]+)(?:=(\d{1,6}(?:\.\d{1,6})?))?\s*$/.exec(part) ?? [];
  const name = userModelNames.find((known) => known === written);
  const share = Number(amount);
  if (name !== undefined && share > 0) return [name, share];
  throw new Error(`Write shares above 0 of ${userModelNames.join(', ')}, such as daily=60,gone=40.`);
}
