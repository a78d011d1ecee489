/** What ends an answer: an error block, whose number 0 is success, or a status. */
import { encode, layout, preset, when } from '../wire/codec.ts';
import type { Dialect } from '../wire/dialect.ts';
import { clr, text, u8, ub } from '../wire/scalars.ts';

const LARGEST_SHORT_ERROR = 65_535;

export const errorBlock = layout({
  type: preset(u8, 4),
  callStatus: ub,
  endToEndSequence: ub,
  rowNumber: ub,
  shortError: ub,
  arrayElementError: ub,
  arrayElementErrorToo: ub,
  cursorId: ub,
  position: ub,
  sqlType: u8,
  fatal: u8,
  flags: u8,
  cursorOptions: u8,
  upiParameter: u8,
  warning: u8,
  rowidObject: ub,
  rowidFile: ub,
  rowidReserved: u8,
  rowidBlock: ub,
  rowidSlot: ub,
  osError: ub,
  statement: u8,
  /** The request's sequence. JDBC takes an error with another one for an error out of turn. */
  callNumber: u8,
  padding: ub,
  successfulIterations: ub,
  logicalRowid: ub,
  batchErrors: ub,
  batchOffsets: ub,
  batchMessages: ub,
  error: ub,
  rowCount: ub,
  message: when('error', text(clr)),
});

export const status = layout({ type: preset(u8, 9), callStatus: ub, endToEndSequence: ub });

/** An error as clients see it. */
export type OraError = { readonly code: number; readonly text: string };

export type Ending = {
  readonly sequence: number;
  readonly cursorId?: number;
  readonly rowCount?: number;
};

export function success({ sequence, cursorId = 0, rowCount = 0 }: Ending, dialect: Dialect): Buffer {
  return encode(errorBlock, { callNumber: sequence, endToEndSequence: sequence, cursorId, rowCount }, dialect);
}

export function failure({ code, text }: OraError, ending: Ending, dialect: Dialect): Buffer {
  const { sequence, cursorId = 0, rowCount = 0 } = ending;
  return encode(
    errorBlock,
    {
      callNumber: sequence,
      endToEndSequence: sequence,
      cursorId,
      rowCount,
      shortError: code > LARGEST_SHORT_ERROR ? 0 : code,
      error: code,
      message: `ORA-${String(code).padStart(5, '0')}: ${text}\n`,
    },
    dialect,
  );
}

export function done({ sequence }: Ending, dialect: Dialect): Buffer {
  return encode(status, { endToEndSequence: sequence }, dialect);
}
