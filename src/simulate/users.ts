/** Draws when each account is used next. Called by simulate-policy.ts. The next use depends on the account's own draws and
 *  on nothing that a policy does. */
import { countOf, draw, waitOf } from './chance.js';
import {
  DAY,
  HOUR,
  MINUTE,
  userModelNames,
  userModels,
  WEEK,
  type UserMix,
  type UserModel,
  type UserModelName,
} from './user-models.js';

const BETWEEN_USES = MINUTE / 2;
/** People do not begin at the same minute, nor live in one time zone: up to this much later than their model says. */
const LONGEST_DELAY = 2 * HOUR;

export interface Users {
  modelOf(account: number): UserModelName;
  /** The first use after `now`; Infinity for none. Each call moves on. */
  nextUse(account: number, now: number): number;
}

export function createUsers({ accounts, seed, mix }: { accounts: number; seed: number; mix: UserMix }): Users {
  const draws = new Uint32Array(accounts);
  const usesLeft = new Uint8Array(accounts);
  const visitsLeft = new Uint16Array(accounts);
  const models = Uint8Array.from({ length: accounts }, (_, account) => pickModel(mix, account));

  return {
    modelOf: (account) => nameOf(account),
    nextUse(account, now) {
      const left = usesLeft[account] ?? 0;
      if (left > 0) {
        usesLeft[account] = left - 1;
        return now + waitOf(BETWEEN_USES, next(account));
      }
      const model = userModels[nameOf(account)];
      const at = nextVisit(account, model, now);
      usesLeft[account] = Math.min(countOf(model.usesPerVisit, next(account)) - 1, 255);
      return at;
    },
  };

  function nameOf(account: number): UserModelName {
    return userModelNames[models[account] ?? 0] ?? 'gone';
  }

  function next(account: number): number {
    const n = (draws[account] ?? 0) + 1;
    draws[account] = n;
    return draw(seed, account, n);
  }

  function nextVisit(account: number, model: UserModel, now: number): number {
    if (model.visitEvery === null) return Infinity;
    if (model.isClockwork) return now + model.visitEvery;
    const delay = draw(seed, account, 0) * LONGEST_DELAY;
    const wait = waitOf(model.visitEvery, next(account));
    return atOpenTime(model, openTimeAt(model, pauseUntil(account, model, now) - delay) + wait) + delay;
  }

  /** When the next burst may begin; at once within one. */
  function pauseUntil(account: number, { bursts }: UserModel, now: number): number {
    if (!bursts) return now;
    const left = visitsLeft[account] ?? 0;
    if (left > 0) {
      visitsLeft[account] = left - 1;
      return now;
    }
    visitsLeft[account] = Math.min(countOf(bursts.visits, next(account)), 0xffff);
    return now + waitOf(bursts.pause, next(account));
  }
}

/** The golden ratio walks evenly through 0 to 1, so that the first accounts hold the shares as well as all of them do. */
function pickModel(mix: UserMix, account: number): number {
  let place = ((account + 0.5) * 0.618_033_988_749_895) % 1;
  let last = 0;
  for (const [index, name] of userModelNames.entries()) {
    const share = mix[name] ?? 0;
    if (share === 0) continue;
    if (place < share) return index;
    place -= share;
    last = index;
  }
  return last; // rounding left a little
}

/** How much open time has gone by at a moment of the calendar. */
function openTimeAt({ open }: UserModel, at: number): number {
  const { from, length } = hoursOf(open);
  const week = Math.floor(at / WEEK);
  const day = Math.floor((at - week * WEEK) / DAY);
  const today = Math.min(Math.max(at - week * WEEK - day * DAY - from, 0), length);
  return (week * open.days + Math.min(day, open.days)) * length + (day < open.days ? today : 0);
}

/** The moment of the calendar at which that much open time has gone by. */
function atOpenTime({ open }: UserModel, time: number): number {
  const { from, length } = hoursOf(open);
  const days = Math.floor(time / length);
  const week = Math.floor(days / open.days);
  return week * WEEK + (days - week * open.days) * DAY + from + (time - days * length);
}

function hoursOf({ fromHour, toHour }: UserModel['open']): { from: number; length: number } {
  return { from: fromHour * HOUR, length: (toHour - fromHour) * HOUR };
}
