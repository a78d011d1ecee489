/** The functions that run statements and fetch their rows: what a client asks for. */
import { layout, list, preset, since, when } from '../wire/codec.ts';
import { announced, dalc, numbers, scale, u8, ub } from '../wire/scalars.ts';

export const OPTION = { describe: 0x20000, fetch: 0x40 } as const;

/** Type of a bind, or of a column that the client defines. */
export const bindType = layout({
  type: u8,
  flags: u8,
  precision: u8,
  scale,
  bytes: ub,
  elements: ub,
  continuation: ub,
  objectId: dalc,
  version: ub,
  characterSet: ub,
  form: u8,
  characters: ub,
  columnId: since(8, ub),
});

/** What follows the head of function 94, up to the values of binds. */
export const execute = layout({
  options: ub,
  cursorId: ub,
  hasSql: u8,
  sqlLength: ub,
  hasVector: preset(u8, 1),
  vectorLength: preset(ub, 13),
  outVector: u8,
  outVectorLength: u8,
  prefetchBytes: ub,
  rows: ub,
  longestLong: ub,
  hasBinds: u8,
  bindCount: ub,
  plan: u8,
  transaction: u8,
  transactionLength: u8,
  keys: u8,
  keysLength: u8,
  hasDefines: u8,
  defineCount: ub,
  registrationLow: ub,
  objects: u8,
  objectsLength: u8,
  blv: u8,
  blvLength: ub,
  name: u8,
  nameLength: ub,
  registrationHigh: ub,
  rowCounts: u8,
  rowCountsLength: ub,
  rowCountsLengthToo: u8,
  signature: since(8, u8),
  signatureLength: since(8, ub),
  sqlId: since(8, u8),
  sqlIdLength: since(8, ub),
  sqlIdLengthToo: since(8, u8),
  chunkIds: since(9, u8),
  chunkIdCount: since(9, ub),
  sql: when('hasSql', announced('sqlLength')),
  /** [1] executions, or rows for a query; [7] 1 for a query. */
  vector: numbers(13),
  defines: list('defineCount', bindType),
  bindTypes: list('bindCount', bindType),
});

export const VECTOR = { executions: 1, isQuery: 7 } as const;

/** What follows the head of functions 4 and 78, up to the values of binds. */
export const executeAgain = layout({ cursorId: ub, rows: ub, flags: ub, flagsToo: ub });

/** What follows the head of function 5. */
export const fetch = layout({ cursorId: ub, rows: ub });
