/** A session at work: one call after the other until the client logs off or goes. */
import type { Database } from '../database/database.ts';
import { OracleError } from '../database/errors.ts';
import type { Session } from '../database/session.ts';
import { done, failure, success } from '../messages/endings.ts';
import { type Call, readRequest } from '../messages/request.ts';
import { versionAnswer } from '../messages/version.ts';
import type { Line } from '../wire/line.ts';
import { Cursors } from './cursors.ts';
import { meetFault } from './faults.ts';
import { versionNumber } from './session-facts.ts';
import { execute, fetch, type Work } from './statements.ts';

/** Returns when the client has logged off or was told that its session is killed; throws LineClosed when it has just gone. */
export async function serve(line: Line, session: Session, database: Database): Promise<void> {
  const cursors = new Cursors();
  const { dialect } = line;
  for (;;) {
    const { call, sequence, closedCursors } = await line.receive((from) =>
      readRequest(from, (id) => cursors.shapeOf(id)),
    );
    cursors.close(closedCursors);
    const isLast = call.kind === 'logoff' || session.isKilled;
    await line.answer((signal) => answer(call, line, { session, database, cursors, dialect, sequence, signal }));
    if (isLast) return;
  }
}

/** The message that answers a call. Errors of Oracle are answers too. */
async function answer(call: Call, line: Line, work: Work): Promise<Buffer> {
  try {
    work.session.throwIfKilled();
    count(call, work.database);
    if (call.kind !== 'unknown') await meetFault(call.kind, work.database, line, work.signal);
    return await perform(call, work);
  } catch (error) {
    if (error instanceof OracleError) return failure(error.told, { sequence: work.sequence }, work.dialect);
    throw error;
  }
}

const COUNTERS = {
  ping: 'pings',
  execute: 'executes',
  fetch: 'fetches',
  commit: 'commits',
  rollback: 'rollbacks',
  logoff: 'logoffs',
} as const;
const isCounted = (kind: string): kind is keyof typeof COUNTERS => Object.hasOwn(COUNTERS, kind);

function count({ kind }: Call, { statistics }: Database): void {
  if (isCounted(kind)) statistics[COUNTERS[kind]] += 1;
}

async function perform(call: Call, work: Work): Promise<Buffer> {
  switch (call.kind) {
    case 'execute':
      return execute(call, work);
    case 'fetch':
      return fetch(work.cursors.get(call.cursorId), call.rows, work);
    case 'ping':
    case 'commit':
    case 'rollback':
    case 'logoff':
      return done(work, work.dialect);
    case 'version':
      return version(work);
    case 'challenge':
    case 'proof':
      throw new OracleError(3115, 'the stand-in takes one logon for each connection');
    case 'unknown':
      throw new OracleError(3115, `the stand-in does not know ${call.what}`);
  }
}

function version({ database, dialect, sequence }: Work): Buffer {
  const number = versionNumber(database.settings.database.version);
  return Buffer.concat([versionAnswer(number, dialect), success({ sequence }, dialect)]);
}
