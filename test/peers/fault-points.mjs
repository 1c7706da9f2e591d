/**
 * Loaded into a gateway before its own code: kills it, as `kill -9` does, at the point of the audit
 * log that FAULT_POINT names. Points that begin with `half` leave half of a line behind.
 */
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';

const point = process.env.FAULT_POINT;
const Database = createRequire(import.meta.url)('libsql');

function die() {
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** What the transaction that is open holds. */
let holds = '';

function watchStatement(sql, run) {
  return (...given) => {
    if (sql.startsWith('insert into "audit_records"')) holds += JSON.stringify(given);
    if (sql === 'commit' && holds.includes(typeOf('recording_closed'))) {
      if (point === 'recording closed') die();
    }
    const done = run(...given);
    if (sql === 'commit' || sql === 'rollback') {
      const held = holds;
      holds = '';
      if (sql === 'commit' && held.includes(typeOf('intent')) && point === 'intent stored') die();
      if (sql === 'commit' && held.includes(typeOf('outcome')) && point === 'outcome stored') die();
    }
    return done;
  };
}

/** As it stands in JSON inside JSON. */
function typeOf(name) {
  return `\\"type\\":\\"${name}\\"`;
}

const { prepare } = Database.prototype;
Database.prototype.prepare = function watched(sql) {
  const statement = prepare.call(this, sql);
  for (const how of ['run', 'all']) {
    statement[how] = watchStatement(sql, statement[how].bind(statement));
  }
  return statement;
};

let outcomeSeen = false;

function pointOf(text) {
  if (text.includes('"type":"outcome"')) {
    outcomeSeen = true;
    return 'records written';
  }
  return outcomeSeen && text.startsWith('{"note":') && text.includes('"peaks"')
    ? 'checkpoint written'
    : null;
}

const { appendFile } = fs;
async function watchedAppend(handle, text, ...rest) {
  const now = pointOf(String(text));
  if (now !== null && point === `half of ${now}`) {
    await appendFile(handle, String(text).slice(0, String(text).length / 2));
    die();
  }
  await appendFile(handle, text, ...rest);
  if (now === point) die();
}
fs.appendFile = watchedAppend;

const own = await fs.open(import.meta.filename);
Object.getPrototypeOf(own).appendFile = function watched(text, ...rest) {
  return watchedAppend(this, text, ...rest);
};
await own.close();
