/** How people use an account, as data. Called by users.ts, which draws their uses, and by whoever lists the models.
 *  Times are milliseconds; the virtual clock begins on a Monday at midnight. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

export interface UserModel {
  readonly inWords: string;
  /** When they may come: the first days of each week, from one hour to another. Visits are drawn in these hours alone. */
  readonly open: { readonly days: number; readonly fromHour: number; readonly toHour: number };
  /** Mean time from one visit to the next, counted in open hours; null for who never comes back. */
  readonly visitEvery: number | null;
  /** Visits come at this very pace, by day and night, and not by chance. */
  readonly isClockwork: boolean;
  /** Mean count of uses in a visit, a mean of half a minute apart. */
  readonly usesPerVisit: number;
  /** Many visits (mean count), and then a long pause (mean time, of the calendar). */
  readonly bursts: { readonly visits: number; readonly pause: number } | null;
}

export type UserModelName = 'daily' | 'weekly' | 'bursts' | 'sync' | 'gone';

const always = { days: 7, fromHour: 0, toHour: 24 };
const awake = { days: 7, fromHour: 7, toHour: 23 };
const person = { isClockwork: false, usesPerVisit: 4, bursts: null };

export const userModels: Readonly<Record<UserModelName, UserModel>> = {
  daily: {
    ...person,
    inWords: 'an office user: 3 visits of 4 uses a working day, 8 to 18 h',
    open: { days: 5, fromHour: 8, toHour: 18 },
    visitEvery: (10 / 3) * HOUR,
  },
  weekly: {
    ...person,
    inWords: 'a visit of 4 uses a week',
    open: awake,
    visitEvery: 7 * 16 * HOUR,
  },
  bursts: {
    ...person,
    inWords: '30 visits within two days, then three weeks of nothing',
    open: awake,
    visitEvery: HOUR,
    bursts: { visits: 30, pause: 3 * WEEK },
  },
  sync: {
    inWords: 'a machine: one use every 15 minutes, day and night',
    open: always,
    visitEvery: 15 * MINUTE,
    isClockwork: true,
    usesPerVisit: 1,
    bursts: null,
  },
  gone: { ...person, inWords: 'connects, looks once, never returns', open: always, visitEvery: null, usesPerVisit: 1 },
};

/** Shares of the accounts that behave so; their sum is 1. */
export type UserMix = Readonly<Partial<Record<UserModelName, number>>>;

export const defaultMix: UserMix = { daily: 0.4, weekly: 0.3, bursts: 0.15, gone: 0.15 };

export const userModelNames = Object.keys(userModels) as UserModelName[]; // its own keys
