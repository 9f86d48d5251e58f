/** Counts the statements of every data source that is opened from now on, by the logger that typeorm calls for each.
 *  Called by latchkey-process.ts before the gateway opens its database, which shows its data sources to nobody. */
import { DataSource } from 'typeorm';

export interface StatementCount {
  all: number;
  writes: number;
}

/** A write's own statements and those around it. */
const write = /^\s*(BEGIN|COMMIT|INSERT|UPDATE|DELETE)\b/i;

export function countStatements(): StatementCount {
  const count: StatementCount = { all: 0, writes: 0 };
  const { initialize } = Object.getOwnPropertyDescriptors(DataSource.prototype);
  DataSource.prototype.initialize = async function (this: DataSource) {
    const source = await (initialize.value as DataSource['initialize']).call(this);
    const counting = Object.create(source.logger) as DataSource['logger'];
    counting.logQuery = (query) => {
      count.all += 1;
      if (write.test(query)) count.writes += 1;
    };
    source.logger = counting;
    return source;
  };
  return count;
}
