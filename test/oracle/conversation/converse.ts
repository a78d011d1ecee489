/**
 * One connection from its first packet to its last, top to bottom:
 *
 *   greet ─► negotiate ─► logOn ─► serve
 *
 * A client may go at any time; what it held is given back then.
 */
import type { Socket } from 'node:net';
import type { Database } from '../database/database.ts';
import { oraError } from '../database/errors.ts';
import { failure } from '../messages/endings.ts';
import { isTheClients } from '../wire/bytes.ts';
import { Line, LineClosed } from '../wire/line.ts';
import { greet } from './greet.ts';
import { logOn } from './log-on.ts';
import { negotiate } from './negotiate.ts';
import { serve } from './serve.ts';

/** Resolves once the connection is over. Rejects only for mistakes of the stand-in itself. */
export async function converse(socket: Socket, protocol: 'tcp' | 'tcps', database: Database): Promise<void> {
  const { statistics } = database;
  const line = new Line(socket, {
    cancelled() {
      statistics.cancelled += 1;
      return failure(oraError(1013), { sequence: 0 }, line.dialect);
    },
    onGarbled() {
      statistics.garbled += 1;
    },
  });
  try {
    await talk(line, protocol, database);
  } catch (error) {
    if (error instanceof LineClosed) return;
    line.cut();
    if (!isTheClients(error)) throw error;
    statistics.garbled += 1;
  }
}

async function talk(line: Line, protocol: 'tcp' | 'tcps', database: Database): Promise<void> {
  const descriptor = await greet(line, database);
  using _process = database.startProcess();
  const driver = await negotiate(line, database);
  const service = descriptor.get('SERVICE_NAME') ?? descriptor.get('SID') ?? '';
  const session = await logOn(line, database, { service, driver, protocol, address: line.remoteAddress });
  try {
    await serve(line, session, database);
  } finally {
    database.logOff(session);
  }
  line.close();
}
