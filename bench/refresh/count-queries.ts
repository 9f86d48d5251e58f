/** Counts every statement that goes to a database in this process, whichever part of the gateway sends it: typeorm, the
 *  stores' own and Agenda's. Called by gateway-process.ts before anything is opened. */
import { Client } from 'pg';
import sqlite3 from 'sqlite3';

export interface QueryCount {
  all: number;
  writes: number;
}

/** A write's own statements and those around it. */
const write = /^\s*(BEGIN|COMMIT|INSERT|UPDATE|DELETE|WITH)\b/i;

export function countQueries(): QueryCount {
  const count: QueryCount = { all: 0, writes: 0 };
  const note = (statement: unknown): void => {
    const text = typeof statement === 'string' ? statement : String(Object(statement).text);
    count.all += 1;
    if (write.test(text)) count.writes += 1;
  };
  watch(Client.prototype, 'query', note);
  for (const name of ['run', 'all'] as const) watch(sqlite3.Database.prototype, name, note);
  watch(sqlite3.Statement.prototype, 'all', () => note('SELECT'));
  return count;
}

let isInside = false;

/** A driver's call that makes another one is one statement. */
function watch(place: object, name: string, note: (first: unknown) => void): void {
  const own: unknown = Reflect.get(place, name);
  if (typeof own !== 'function') throw new Error(`The driver has no ${name} any more.`);
  Reflect.set(place, name, function (this: object, ...given: unknown[]) {
    if (isInside) return Reflect.apply(own, this, given) as unknown;
    note(given[0]);
    isInside = true;
    try {
      return Reflect.apply(own, this, given) as unknown;
    } finally {
      isInside = false;
    }
  });
}
