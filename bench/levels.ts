/** The loads that every subject is put under: how many connections, and how many people they ask for in turn. Read by
 *  run.ts, the report and what is drawn from it. */

export interface Level {
  readonly connections: number;
  /** Each connection asks for people of its own. */
  readonly people: number;
}

/** So few that each is asked for again while their account is remembered. */
export const fewPeople = 50;

/** So many that each is asked for again only after that: every request reads the database. */
export const manyPeople = 2000;

const connections = [1, 10, 50];

export const levels: readonly Level[] = [fewPeople, manyPeople].flatMap((people) =>
  connections.map((count) => ({ connections: count, people })),
);

export function isWarm({ people }: Level): boolean {
  return people === fewPeople;
}

export function nameOf({ connections: count, people }: Level): string {
  return `${count} ${count === 1 ? 'connection' : 'connections'}, ${people} people`;
}
