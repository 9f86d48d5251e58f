/** What the bench compares, in the order of its tables. Another database is one more entry. */

export interface Subject {
  readonly id: string;
  /** As tables and the chart name it. */
  readonly name: string;
  /** The file that runs it, without its ending. */
  readonly program: string;
  readonly database: 'sqlite' | 'postgres' | null;
  /** What the others are set in relation to; `measured` is what is judged. */
  readonly part: 'measured' | 'without-vault' | 'pass-through';
}

export const subjects: readonly Subject[] = [
  {
    id: 'latchkey-sqlite',
    name: 'Latchkey on SQLite',
    program: 'latchkey-process',
    database: 'sqlite',
    part: 'measured',
  },
  {
    id: 'latchkey-postgres',
    name: 'Latchkey on PostgreSQL',
    program: 'latchkey-process',
    database: 'postgres',
    part: 'measured',
  },
  {
    id: 'static-token',
    name: '(a) same server, static token',
    program: 'static-token-process',
    database: null,
    part: 'without-vault',
  },
  {
    id: 'pass-through',
    name: '(b) bare undici pass-through',
    program: 'pass-through-process',
    database: null,
    part: 'pass-through',
  },
];
