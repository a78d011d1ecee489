/** Small requests that ride along in front of the real one and have no answer of their own. */
import type { Reader } from '../wire/bytes.ts';
import { type Codec, counted, layout, preset, when } from '../wire/codec.ts';
import { announced, u8, ub } from '../wire/scalars.ts';

export const PIGGYBACK = { closeCursors: 105, cancelCursors: 120, endToEnd: 135, setSchema: 152 } as const;

export const closeCursors = layout({ isThere: preset(u8, 1), cursors: counted(ub, ub) });

export const setSchema = layout({ isThere: preset(u8, 1), schemaLength: ub, schema: announced('schemaLength') });

/** Who works on what, for the database's own statistics. Texts that are not there have the length 0. */
export const endToEnd = layout({
  clientName: u8,
  clientSerial: u8,
  flags: ub,
  hasClientIdentifier: u8,
  clientIdentifierLength: ub,
  hasModule: u8,
  moduleLength: ub,
  hasAction: u8,
  actionLength: ub,
  hasContextId: u8,
  contextIdLength: ub,
  contextCount: u8,
  contextSequence: ub,
  hasClientInfo: u8,
  clientInfoLength: ub,
  hasInstance: u8,
  instanceLength: ub,
  instanceCount: u8,
  instanceSequence: ub,
  hasOperation: u8,
  operationLength: ub,
  clientIdentifier: when('clientIdentifierLength', announced('clientIdentifierLength')),
  module: when('moduleLength', announced('moduleLength')),
  action: when('actionLength', announced('actionLength')),
  contextId: when('contextIdLength', announced('contextIdLength')),
  clientInfo: when('clientInfoLength', announced('clientInfoLength')),
  operation: when('operationLength', announced('operationLength')),
});

const SKIPPED: ReadonlyMap<number, Codec<unknown>> = new Map<number, Codec<unknown>>([
  [PIGGYBACK.cancelCursors, closeCursors],
  [PIGGYBACK.endToEnd, endToEnd],
  [PIGGYBACK.setSchema, setSchema],
]);

/** Whether it was one that can be skipped. */
export function skipPiggyback(code: number, from: Reader): boolean {
  SKIPPED.get(code)?.read(from, {});
  return SKIPPED.has(code);
}
