/** Makes a conversation wait, hang or break where the settings say so. */
import { once } from 'node:events';
import type { Database } from '../database/database.ts';
import { OracleError } from '../database/errors.ts';
import type { Stage } from '../settings.ts';
import type { Line } from '../wire/line.ts';
import { pause } from '../wire/pause.ts';

/** Returns when it may go on. Throws the error of an `error`, and the signal's reason once that is aborted. */
export async function meetFault(stage: Stage, database: Database, line: Line, signal = line.ended): Promise<void> {
  const fault = database.meetFault(stage);
  switch (fault?.kind) {
    case undefined:
      return;
    case 'delay':
      await pause(fault.ms, signal);
      return;
    case 'hang':
      line.freeze();
      break;
    case 'close':
      line.close();
      break;
    case 'reset':
      line.reset();
      break;
    case 'error':
      throw new OracleError(fault.code, fault.text);
  }
  if (!line.ended.aborted) await once(line.ended, 'abort');
  line.ended.throwIfAborted();
}
