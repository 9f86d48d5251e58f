// The program of other-process.ts: opens the file given, runs what it is sent, answers null or the fault.
import sqlite3 from 'sqlite3';

const database = new sqlite3.Database(process.argv[2], () => process.send(null));
process.on('message', (sql) => database.exec(sql, (error) => process.send(error && error.message)));
process.on('disconnect', () => process.exit());
